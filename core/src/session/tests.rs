//! Sessions between two ends of this library, in memory.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use super::{Append, CompressionWish, Delete, Job, Role, Settings, run};
use crate::cancel::CancelToken;
use crate::error::{ErrorKind, Result};
use crate::event::{Event, Progress, Report};
use crate::filter::{Depth, Requested};
use crate::transport::pair::pair;
use crate::wire::Protocol;
use crate::wire::compat::capability_suffix;

/// Far more than any of these sessions needs: who is not done by then waits for something that will not come.
const STUCK: Duration = Duration::from_secs(60);

type Tree = BTreeMap<PathBuf, (u32, i64, Vec<u8>)>;

fn tree(root: &Path) -> Tree {
    fn walk(root: &Path, at: &Path, tree: &mut Tree) {
        let path = root.join(at);
        let status = fs::symlink_metadata(&path).unwrap();
        let content = if status.is_symlink() {
            fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
        } else if status.is_file() {
            fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        tree.insert(at.to_owned(), (status.mode(), status.mtime(), content));
        if status.is_dir() {
            for entry in fs::read_dir(&path).unwrap() {
                walk(root, &at.join(entry.unwrap().file_name()), tree);
            }
        }
    }
    let mut found = Tree::new();
    walk(root, Path::new(""), &mut found);
    found
}

fn sample(root: &Path) {
    for directory in ["", "a", "a/b", "a/b/c", "empty", "z"] {
        fs::create_dir_all(root.join(directory)).unwrap();
    }
    for (name, length) in
        [("a/one", 1), ("a/b/two", 70_000), ("a/b/c/three", 0), ("four", 3000), ("z/five", 900)]
    {
        let content: Vec<u8> = (0..length).map(|i: u64| (i * i / 7 % 251) as u8).collect();
        fs::write(root.join(name), content).unwrap();
    }
    symlink("a/one", root.join("link")).unwrap();
}

/// Runs a client and a server against each other; `client` is given the client's role and settings.
fn converse(client: Job, server: Job, capacity: usize) -> (Result<Report>, Result<Report>) {
    let (ours, theirs) = pair(capacity);
    let (done, both) = mpsc::channel();
    for (number, connection, job) in [(0, ours, client), (1, theirs, server)] {
        let done = done.clone();
        thread::spawn(move || {
            let report = run(connection, &job, &CancelToken::new(), &mut ());
            done.send((number, report)).unwrap();
        });
    }
    let mut reports = [None, None];
    for _ in 0..2 {
        let (number, report) = both.recv_timeout(STUCK).expect("neither end is stuck");
        let place: &mut Option<Result<Report>> = &mut reports[number];
        *place = Some(report);
    }
    let [client, server] = reports.map(|report| report.expect("each end reports once"));
    (client, server)
}

fn ends(from: &Path, to: &Path, settings: &Settings, push: bool) -> (Job, Job) {
    let send = Role::Send(vec![from.join("")]);
    let receive = Role::Receive(to.to_owned());
    let (client, server) = if push { (send, receive) } else { (receive, send) };
    let letters = capability_suffix(settings.incremental_recursion && settings.recurse);
    let job =
        |role, capabilities| Job { role, settings: settings.clone(), capabilities, root: None, daemon: None };
    (job(client, None), job(server, Some(letters)))
}

#[test]
fn a_tree_goes_through_pipes_of_any_size_in_both_directions_and_forms() {
    // The handshake needs room for what both ends write before they read: their lists of names.
    for capacity in [100, 4096, 1 << 20] {
        for push in [true, false] {
            for (incremental_recursion, protocol) in [(true, 32), (false, 32), (true, 30), (false, 31)] {
                let place = tempfile::tempdir().unwrap();
                let (from, to) = (place.path().join("from"), place.path().join("to"));
                sample(&from);
                let settings = Settings {
                    incremental_recursion,
                    protocol: Protocol::new(protocol).unwrap(),
                    compression: CompressionWish::Negotiate,
                    delete: Delete::During,
                    ..Settings::archive()
                };
                // The second time blocks are matched and something is deleted.
                for round in 0..2 {
                    let (client, server) = ends(&from, &to, &settings, push);
                    let (client, server) = converse(client, server, capacity);
                    let (client, server) = (client.unwrap(), server.unwrap());
                    assert_eq!((client.exit_status, server.exit_status), (0, 0));
                    assert_eq!(tree(&to), tree(&from), "{capacity} {push} {settings:?}");
                    // Some ten entries, counted at either end.
                    assert!((100..2000).contains(&client.list_bytes), "{}", client.list_bytes);
                    assert_eq!(client.list_bytes, server.list_bytes);
                    let received = if push { &server } else { &client };
                    assert_eq!(received.files_transferred, if round == 0 { 5 } else { 1 });
                    let mut edited = fs::read(from.join("a/b/two")).unwrap();
                    edited.splice(30_000..30_000, *b"inserted");
                    fs::write(from.join("a/b/two"), edited).unwrap();
                    fs::write(to.join("z/extra"), "").unwrap();
                }
            }
        }
    }
}

#[test]
fn what_is_only_asked_for_changes_nothing_and_is_reported() {
    let place = tempfile::tempdir().unwrap();
    let (from, to) = (place.path().join("from"), place.path().join("to"));
    sample(&from);
    fs::create_dir(&to).unwrap();
    fs::write(to.join("extra"), "").unwrap();
    let settings = Settings { dry_run: true, delete: Delete::During, ..Settings::archive() };
    let (client, server) = ends(&from, &to, &settings, false);
    let (client, _) = converse(client, server, 4096);
    let client = client.unwrap();
    assert_eq!(client.deleted.files, 1);
    let mut changed: Vec<String> = client
        .changes
        .iter()
        .map(|change| String::from_utf8_lossy(&change.entry.name).into_owned())
        .collect();
    changed.retain(|name| name != ".");
    changed.sort();
    let expected =
        ["a", "a/b", "a/b/c", "a/b/c/three", "a/b/two", "a/one", "empty", "four", "link", "z", "z/five"];
    assert_eq!(changed, expected);
    assert_eq!(fs::read_dir(&to).unwrap().count(), 1);
}

#[test]
fn progress_ends_with_all_that_is_listed_also_where_nothing_was_to_do() {
    let place = tempfile::tempdir().unwrap();
    let (from, to) = (place.path().join("from"), place.path().join("to"));
    sample(&from);
    for push in [true, false, true, false] {
        let (client, server) = ends(&from, &to, &Settings::archive(), push);
        let (ours, theirs) = pair(1 << 20);
        let other = thread::spawn(move || run(theirs, &server, &CancelToken::new(), &mut ()));
        let mut told = Vec::new();
        let mut observer = |event: &Event| {
            if let Event::Progress(progress) = event {
                told.push(progress.overall);
            }
            ControlFlow::Continue(())
        };
        run(ours, &client, &CancelToken::new(), &mut observer).unwrap();
        other.join().unwrap().unwrap();
        assert!(told.is_sorted_by_key(|progress| progress.bytes_done));
        assert_eq!(told.last(), Some(&Progress::new(73_906, 73_906, true)));
    }
}

#[test]
fn cancelling_either_end_ends_both_and_leaves_no_half_file() {
    for (after, push) in (0..12).flat_map(|after| [(after, true), (after, false)]) {
        let place = tempfile::tempdir().unwrap();
        let (from, to) = (place.path().join("from"), place.path().join("to"));
        sample(&from);
        fs::create_dir(&to).unwrap();
        let (client, server) = ends(&from, &to, &Settings::archive(), push);
        let (ours, theirs) = pair(512);
        let server = thread::spawn(move || run(theirs, &server, &CancelToken::new(), &mut ()));
        let mut seen = 0;
        let mut observer = |_: &Event| {
            seen += 1;
            if seen > after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let ended = run(ours, &client, &CancelToken::new(), &mut observer);
        if let Err(error) = ended {
            assert_eq!(error.kind(), ErrorKind::Cancelled);
        }
        let _ = server.join().unwrap();
        let expected = tree(&from);
        for (name, (mode, _, content)) in tree(&to) {
            if mode & 0o170_000 == 0o100_000 {
                assert_eq!(Some(&content), expected.get(&name).map(|file| &file.2), "{name:?}");
            }
        }
    }
}

#[test]
fn appending_makes_a_file_whole() {
    for append in [Append::Plain, Append::Verify] {
        let place = tempfile::tempdir().unwrap();
        let (from, to) = (place.path().join("from"), place.path().join("to"));
        sample(&from);
        fs::create_dir_all(to.join("a/b")).unwrap();
        let whole = fs::read(from.join("a/b/two")).unwrap();
        fs::write(to.join("a/b/two"), &whole[..50_000]).unwrap();
        let settings = Settings { append, in_place: true, ..Settings::archive() };
        let (client, server) = ends(&from, &to, &settings, true);
        let (client, server) = converse(client, server, 4096);
        client.unwrap();
        server.unwrap();
        assert!(fs::read(to.join("a/b/two")).unwrap() == whole);
    }
}

#[test]
fn a_single_file_goes_to_the_name_it_is_given() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("from");
    sample(&from);
    for push in [true, false] {
        let to = place.path().join(format!("other-{push}"));
        let (mut client, mut server) = ends(&from, &to, &Settings::archive(), push);
        let sender = if push { &mut client } else { &mut server };
        sender.role = Role::Send(vec![from.join("four")]);
        let (client, server) = converse(client, server, 64);
        client.unwrap();
        server.unwrap();
        assert_eq!(fs::read(&to).unwrap(), fs::read(from.join("four")).unwrap());
    }
}

#[test]
fn names_of_one_file_stay_names_of_one_file_and_it_is_sent_once() {
    for (incremental_recursion, push) in [(true, true), (true, false), (false, true), (false, false)] {
        let place = tempfile::tempdir().unwrap();
        let (from, to) = (place.path().join("from"), place.path().join("to"));
        sample(&from);
        for name in ["a/b/other", "z/other", "zz"] {
            fs::hard_link(from.join("a/b/two"), from.join(name)).unwrap();
        }
        // One name is there already, as a file of its own.
        fs::create_dir_all(to.join("z")).unwrap();
        fs::write(to.join("z/other"), "old").unwrap();
        let settings = Settings { hard_links: true, incremental_recursion, ..Settings::archive() };
        for transferred in [5, 0] {
            let (client, server) = ends(&from, &to, &settings, push);
            let (client, server) = converse(client, server, 4096);
            let receiver = if push { server } else { client };
            assert_eq!(receiver.unwrap().files_transferred, transferred);
            assert_eq!(tree(&to), tree(&from));
            let inode = |name: &str| fs::metadata(to.join(name)).unwrap().ino();
            for name in ["a/b/other", "z/other", "zz"] {
                assert_eq!(inode(name), inode("a/b/two"), "{name}");
            }
        }
    }
}

#[test]
fn lists_keep_coming_although_nothing_is_asked_for() {
    for push in [true, false] {
        let place = tempfile::tempdir().unwrap();
        let (from, to) = (place.path().join("from"), place.path().join("to"));
        // More than a sender lists ahead of the receiving side.
        for directory in 0..50 {
            fs::create_dir_all(from.join(directory.to_string())).unwrap();
            for file in 0..60 {
                fs::write(from.join(format!("{directory}/{file}")), "").unwrap();
            }
        }
        for transferred in [3000, 0] {
            let (client, server) = ends(&from, &to, &Settings::archive(), push);
            let (client, server) = converse(client, server, 4096);
            let receiver = if push { server } else { client };
            assert_eq!(receiver.unwrap().files_transferred, transferred);
        }
    }
}

/// A server that sends `sent` below `from`, and a client that asked for `asked`.
fn pull_unasked(place: &Path, sent: &str, asked: &str, settings: &Settings) -> Result<Report> {
    let mut requested = Requested::new(settings.relative, Depth::All);
    requested.add(asked.as_bytes());
    let (mut client, mut server) = ends(&place.join("from"), &place.join("to"), settings, false);
    client.settings.requested = Some(Arc::new(Mutex::new(requested)));
    server.role = Role::Send(vec![place.join("from/.").join(sent)]);
    converse(client, server, 4096).0
}

#[test]
fn a_client_refuses_what_it_did_not_ask_for() {
    let place = tempfile::tempdir().unwrap();
    sample(&place.path().join("from"));
    for incremental_recursion in [true, false] {
        let settings = Settings { incremental_recursion, ..Settings::archive() };
        for (sent, asked, name) in [("", "x/one", "four"), ("a", "x/b", "a"), ("a", "x/a/b", "a")] {
            let error = pull_unasked(place.path(), sent, asked, &settings).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
            assert!(error.to_string().contains(&format!("unrequested file-list name: {name}")), "{error}");
        }
        pull_unasked(place.path(), "a", "x/a", &settings).unwrap();
        fs::remove_dir_all(place.path().join("to")).unwrap();
    }
}

#[test]
fn nothing_is_deleted_in_a_directory_that_is_only_on_the_way() {
    let place = tempfile::tempdir().unwrap();
    sample(&place.path().join("from"));
    let from = place.path().join("from");
    fs::remove_dir_all(&from).unwrap();
    fs::create_dir_all(from.join("a/b")).unwrap();
    fs::create_dir_all(place.path().join("to/a")).unwrap();
    fs::write(place.path().join("to/a/own"), "").unwrap();
    for incremental_recursion in [true, false] {
        let settings =
            Settings { incremental_recursion, relative: true, delete: Delete::During, ..Settings::archive() };
        // The server says that all of `a` was sent.
        pull_unasked(place.path(), "a", "a/b", &settings).unwrap();
        assert!(place.path().join("to/a/own").exists());
        pull_unasked(place.path(), "a", "a", &settings).unwrap();
        assert!(!place.path().join("to/a/own").exists());
        fs::write(place.path().join("to/a/own"), "").unwrap();
    }
}

#[test]
fn sources_that_have_arrived_are_removed_unless_they_are_the_destination() {
    let place = tempfile::tempdir().unwrap();
    let (from, to) = (place.path().join("from"), place.path().join("to"));
    sample(&from);
    let before = tree(&from);
    let settings = Settings { remove_source_files: true, is_local: true, ..Settings::archive() };
    let (client, server) = ends(&from, &from, &settings, true);
    assert_eq!(converse(client, server, 4096).0.unwrap().exit_status, 23);
    assert_eq!(tree(&from), before);
    let (client, server) = ends(&from, &to, &settings, true);
    assert_eq!(converse(client, server, 4096).0.unwrap().exit_status, 0);
    assert_eq!(tree(&to), before);
    assert!(tree(&from).values().all(|(mode, ..)| mode & 0o170_000 == 0o040_000));
}
