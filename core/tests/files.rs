//! The file level: nothing appears unless it is right, nothing is clobbered, everything can be stopped.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;

use syncline::delta::{Content, DeltaFormat, DeltaOptions, Format, Signature, SignatureOptions};
use syncline::files::{self, Control, OutputOptions};
use syncline::{CancelToken, ErrorKind, Progress};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, content: &[u8]) -> PathBuf {
        fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn data(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    bytes
}

/// Old, new, and the delta between them, in `folder`.
fn prepare(folder: &Folder, format: Format) -> (PathBuf, PathBuf, PathBuf) {
    let old = data(3_000_000);
    let mut new = old.clone();
    new.splice(1_000_000..1_000_100, *b"changed");
    let (old, new) = (folder.put("old", &old), folder.put("new", &new));
    let (signature, delta) = (folder.path("signature"), folder.path("delta"));
    let output = OutputOptions::new();
    let options = SignatureOptions::new(format).workers(2);
    files::signature((&old).into(), (&signature).into(), &options, &output, &mut Control::new()).unwrap();
    let options = DeltaOptions::new();
    files::delta((&signature).into(), (&new).into(), (&delta).into(), &options, &output, &mut Control::new())
        .unwrap();
    (old, new, delta)
}

#[test]
fn files_give_what_buffers_give_and_patch_back() {
    for format in Format::ALL {
        let folder = Folder::new();
        let (old, new, delta) = prepare(&folder, format);
        let whole = Signature::of(&fs::read(&old).unwrap(), &SignatureOptions::new(format)).unwrap();
        assert_eq!(fs::read(folder.path("signature")).unwrap(), whole.encode());
        let expected =
            syncline::delta::delta(&whole, &fs::read(&new).unwrap(), &DeltaOptions::new()).unwrap();
        assert!(fs::read(&delta).unwrap() == expected, "{format:?}");
        let result = folder.path("result");
        let report =
            files::patch(&old, (&delta).into(), (&result).into(), &OutputOptions::new(), &mut Control::new())
                .unwrap();
        assert_eq!(report.verified, format == Format::Native);
        assert!(fs::read(&result).unwrap() == fs::read(&new).unwrap());
    }
}

#[test]
fn the_new_file_may_replace_the_old_one_and_keeps_its_mode() {
    let folder = Folder::new();
    let (old, new, delta) = prepare(&folder, Format::Native);
    fs::set_permissions(&old, fs::Permissions::from_mode(0o640)).unwrap();
    let wanted = fs::read(&new).unwrap();
    let mut control = Control::new();
    let refused = files::patch(&old, (&delta).into(), (&old).into(), &OutputOptions::new(), &mut control);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::AlreadyExists);
    let output = OutputOptions::new().overwrite(true);
    files::patch(&old, (&delta).into(), (&old).into(), &output, &mut control).unwrap();
    assert!(fs::read(&old).unwrap() == wanted);
    assert_eq!(fs::metadata(&old).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(folder.names(), ["delta", "new", "old", "signature"]);
}

#[test]
fn a_link_is_followed_and_what_it_names_is_replaced() {
    let folder = Folder::new();
    let (old, new, delta) = prepare(&folder, Format::Native);
    folder.put("target", b"before");
    symlink("target", folder.path("link")).unwrap();
    let output = OutputOptions::new().overwrite(true);
    files::patch(&old, (&delta).into(), (&folder.path("link")).into(), &output, &mut Control::new()).unwrap();
    assert!(fs::read(folder.path("target")).unwrap() == fs::read(new).unwrap());
    assert!(fs::symlink_metadata(folder.path("link")).unwrap().is_symlink());
}

#[test]
fn failures_leave_no_file_and_say_why() {
    let folder = Folder::new();
    let (old, new, delta) = prepare(&folder, Format::Native);
    let damaged = fs::read(&delta).unwrap();
    let cut = folder.put("cut", &damaged[..damaged.len() - 3]);
    let names = folder.names();
    let result = folder.path("result");
    for (basis, delta, kind) in [
        (&new, &delta, ErrorKind::WrongBasis),
        (&old, &new, ErrorKind::NotADelta),
        (&old, &folder.path("signature"), ErrorKind::SwappedArguments),
        (&old, &cut, ErrorKind::Truncated),
        (&old, &folder.path("missing"), ErrorKind::NotFound),
        (&folder.path(""), &delta, ErrorKind::NotAFile),
    ] {
        let error =
            files::patch(basis, delta.into(), (&result).into(), &OutputOptions::new(), &mut Control::new())
                .unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.path().is_some(), "{error}");
        assert_eq!(folder.names(), names, "{error}");
    }
}

#[test]
fn a_basis_of_the_right_length_and_wrong_content_is_found_out() {
    let folder = Folder::new();
    let (old, _, delta) = prepare(&folder, Format::Native);
    let mut other = fs::read(&old).unwrap();
    other[7] ^= 1;
    let other = folder.put("other", &other);
    let result = folder.path("result");
    let error =
        files::patch(&other, (&delta).into(), (&result).into(), &OutputOptions::new(), &mut Control::new());
    assert_eq!(error.unwrap_err().kind(), ErrorKind::WrongBasis);
    assert!(!result.exists());
}

#[test]
fn work_stops_when_it_is_told_to_and_leaves_nothing() {
    let folder = Folder::new();
    let (old, _, delta) = prepare(&folder, Format::Native);
    let names = folder.names();
    let token = CancelToken::new();
    token.cancel();
    let (target, output) = (folder.path("x"), OutputOptions::new());
    let options = SignatureOptions::default();
    let mut control = Control::new().cancel(&token);
    let error = files::signature((&old).into(), (&target).into(), &options, &output, &mut control);
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Cancelled);

    let mut seen = Vec::new();
    let mut observer = |progress: Progress| {
        seen.push(progress.bytes_done);
        if progress.bytes_done > 1_000_000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut control = Control::new().progress(&mut observer);
    let error = files::patch(&old, (&delta).into(), (&target).into(), &output, &mut control);
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(seen.is_sorted() && *seen.last().unwrap() < 1_600_000);
    assert_eq!(folder.names(), names);
}

#[test]
fn zeros_become_holes_when_asked() {
    let folder = Folder::new();
    let old = folder.put("old", &vec![0; 8 << 20]);
    let new = folder.put("new", &[vec![0; 4 << 20], vec![1; 100], vec![0; 4 << 20]].concat());
    let (delta, result) = (folder.path("delta"), folder.path("result"));
    let output = OutputOptions::new().sparse(true);
    let options = DeltaOptions::new();
    let mut control = Control::new();
    files::diff(&old, (&new).into(), (&delta).into(), DeltaFormat::Native, &options, &output, &mut control)
        .unwrap();
    files::patch(&old, (&delta).into(), (&result).into(), &output, &mut control).unwrap();
    assert!(fs::read(&result).unwrap() == fs::read(&new).unwrap());
    assert!(fs::metadata(&result).unwrap().blocks() * 512 < 1 << 20, "holes");
}

#[test]
fn streams_work_as_paths_do() {
    let folder = Folder::new();
    let (old, new, _) = prepare(&folder, Format::Native);
    let (old, new) = (fs::read(old).unwrap(), fs::read(new).unwrap());
    let (output, mut control) = (OutputOptions::new(), Control::new());
    let (mut signature, mut delta, mut result) = (Vec::new(), Vec::new(), Vec::new());
    use files::{Source::Reader, Target::Writer};
    let options = SignatureOptions::default();
    files::signature(Reader(&mut &old[..]), Writer(&mut signature), &options, &output, &mut control).unwrap();
    let options = DeltaOptions::new();
    let source = Reader(&mut &signature[..]);
    files::delta(source, Reader(&mut &new[..]), Writer(&mut delta), &options, &output, &mut control).unwrap();
    files::patch_from(&old, Reader(&mut &delta[..]), Writer(&mut result), &output, &mut control).unwrap();
    assert!(result == new);
    let inspection = files::inspect(Reader(&mut &delta[..]), &mut control).unwrap();
    assert!(matches!(inspection.content, Content::Delta { literal_bytes: 1.., .. }));
}

#[test]
fn bytes_work_as_paths_do_and_have_a_known_size() {
    let folder = Folder::new();
    let (old, new, delta) = prepare(&folder, Format::Native);
    let (old_bytes, new_bytes) = (fs::read(&old).unwrap(), fs::read(&new).unwrap());
    use files::{Source::Bytes, Target::Writer};
    let output = OutputOptions::new();
    for workers in [1, 3] {
        let mut signature = Vec::new();
        let mut seen = Progress::default();
        let mut observer = |progress| {
            seen = progress;
            ControlFlow::Continue(())
        };
        let mut control = Control::new().progress(&mut observer);
        let options = SignatureOptions::default().workers(workers);
        files::signature(Bytes(&old_bytes), Writer(&mut signature), &options, &output, &mut control).unwrap();
        assert!(signature == fs::read(folder.path("signature")).unwrap());
        assert_eq!(seen, Progress::new(3_000_000, 3_000_000, true));
    }
    let (mut by_bytes, mut by_paths) = (Vec::new(), Vec::new());
    let options = DeltaOptions::new();
    let mut control = Control::new();
    let format = DeltaFormat::Native;
    let target = Writer(&mut by_bytes);
    files::diff_from(&old_bytes, Bytes(&new_bytes), target, format, &options, &output, &mut control).unwrap();
    let target = Writer(&mut by_paths);
    files::diff(&old, (&new).into(), target, format, &options, &output, &mut control).unwrap();
    assert!(by_bytes == by_paths);
    assert!(fs::read(delta).unwrap().len() > by_bytes.len());
}

#[test]
fn no_more_is_written_than_the_limit() {
    let folder = Folder::new();
    let (old, _, delta) = prepare(&folder, Format::Native);
    let result = folder.path("result");
    let patch = |limit| {
        let output = OutputOptions::new().overwrite(true).limit(Some(limit));
        files::patch(&old, (&delta).into(), (&result).into(), &output, &mut Control::new())
    };
    let length = patch(u64::MAX).unwrap().new_length;
    patch(length).unwrap();
    fs::remove_file(&result).unwrap();
    let error = patch(length - 1).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert!(!result.exists());
}
