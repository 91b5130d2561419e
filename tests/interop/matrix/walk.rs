//! What a tree looks like to someone who knows nothing of transfers: a line for each entry, from `lstat` and reading alone.

use std::collections::HashMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hasher};
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// What is compared besides name, type, permissions, owner, group, device, time, target and content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Compared {
    /// Of regular files.
    pub(crate) access_times: bool,
    /// Where they have data.
    pub(crate) holes: bool,
    /// Of times.
    pub(crate) nanoseconds: bool,
    /// Which names are of one file.
    pub(crate) links: bool,
}

/// Every time set before a run is older than this, and every time a run leaves by itself is newer.
const NOW: i64 = 1_750_000_000;

struct Entry {
    /// Below the root; empty for the root itself.
    path: PathBuf,
    status: fs::Metadata,
}

/// Lines that are equal for two trees exactly if what is compared is. A time of now is just that.
pub(crate) fn lines(root: &Path, compared: Compared) -> Vec<String> {
    let mut entries = Vec::new();
    collect(root, Path::new(""), &mut entries);
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let mut first_names: HashMap<u64, PathBuf> = HashMap::new();
    let linked =
        entries.iter().filter(|entry| compared.links && !entry.status.is_dir() && entry.status.nlink() > 1);
    for entry in linked {
        first_names.entry(entry.status.ino()).or_insert_with(|| entry.path.clone());
    }
    entries.iter().map(|entry| line(root, entry, &first_names, compared)).collect()
}

fn collect(root: &Path, at: &Path, entries: &mut Vec<Entry>) {
    let path = root.join(at);
    let Ok(status) = fs::symlink_metadata(&path) else { return };
    let is_folder = status.is_dir();
    entries.push(Entry { path: at.to_owned(), status });
    if is_folder {
        for entry in fs::read_dir(&path).unwrap() {
            collect(root, &at.join(entry.unwrap().file_name()), entries);
        }
    }
}

fn line(root: &Path, entry: &Entry, first_names: &HashMap<u64, PathBuf>, compared: Compared) -> String {
    let Entry { path, status } = entry;
    let time = |seconds: i64, nanoseconds: i64| match seconds {
        NOW.. => "now".to_owned(),
        _ if !compared.nanoseconds => seconds.to_string(),
        _ => format!("{seconds}.{nanoseconds:09}"),
    };
    let mut line = format!(
        "{path:?} {:o} {}:{} {}",
        status.mode(),
        status.uid(),
        status.gid(),
        time(status.mtime(), status.mtime_nsec())
    );
    let kind = status.file_type();
    if kind.is_symlink() {
        line += &format!(" -> {:?}", fs::read_link(root.join(path)).unwrap());
    } else if kind.is_file() {
        line += &format!(" {} bytes {:016x}", status.len(), digest(&root.join(path), status.len()));
        if compared.access_times {
            line += &format!(" read {}", time(status.atime(), status.atime_nsec()));
        }
        if compared.holes {
            line += &format!(" data at {:?}", data(&root.join(path), status.len()));
        }
    } else if kind.is_char_device() || kind.is_block_device() {
        line += &format!(" device {:x}", status.rdev());
    }
    if let Some(first) = first_names.get(&status.ino()) {
        line += &format!(" one of {}, with {first:?}", status.nlink());
    }
    line
}

/// The same for two files of one length exactly if they hold the same: holes are as good as zeros.
fn digest(path: &Path, length: u64) -> u64 {
    const PIECE: u64 = 4096;
    let file = File::open(path).unwrap();
    let mut hasher = DefaultHasher::new();
    let mut piece = [0; PIECE as usize];
    for (start, end) in data(path, length) {
        for at in (start..end).step_by(PIECE as usize) {
            let piece = &mut piece[..PIECE.min(end - at) as usize];
            file.read_exact_at(piece, at).unwrap();
            if piece.iter().any(|&byte| byte != 0) {
                hasher.write_u64(at);
                hasher.write(piece);
            }
        }
    }
    hasher.finish()
}

/// The stretches of a file that are not holes.
fn data(path: &Path, length: u64) -> Vec<(u64, u64)> {
    let file = File::open(path).unwrap();
    let mut stretches = Vec::new();
    let mut at = 0;
    while at < length {
        let Ok(start) = rustix::fs::seek(&file, rustix::fs::SeekFrom::Data(at)) else { break };
        at = rustix::fs::seek(&file, rustix::fs::SeekFrom::Hole(start)).unwrap();
        stretches.push((start, at));
    }
    stretches
}
