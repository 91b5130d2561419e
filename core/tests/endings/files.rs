//! Files that vanish or change while they are sent.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use syncline::{ErrorKind, Event};

use crate::scene::{Between, Scene, Way, noise};

/// Does `act` once, when the first file has been or is being sent.
fn when_one_is_sent(act: impl FnOnce()) -> impl FnMut(&Event) -> ControlFlow<()> {
    let mut act = Some(act);
    move |event| {
        let is_first = matches!(event, Event::Changed(change) if &*change.entry.name == b"aaa");
        if let (true, Some(act)) = (is_first, act.take_if(|_| is_first)) {
            act();
        }
        ControlFlow::Continue(())
    }
}

/// A first file, and a second one that takes a while through a pipe of a hundred bytes.
fn with_a_long_file(scene: &Scene) {
    fs::write(scene.folder().join("from/aaa"), b"first").unwrap();
    fs::write(scene.folder().join("from/bbb"), noise(50, 1_000_000)).unwrap();
}

#[test]
fn a_file_that_vanishes_is_reported_and_the_others_arrive() {
    let scene = Scene::new();
    with_a_long_file(&scene);
    let vanishing = scene.folder().join("from/one");
    let mut observer = when_one_is_sent(|| fs::remove_file(&vanishing).unwrap());
    let report = scene.transfer(Way::Push, Between::Memory).watched_by(&mut observer).unwrap();
    assert_eq!(report.exit_status, 24, "{:?}", report.failures);
    let failure = report.failures.iter().find(|failure| failure.name == b"one").expect("it is named");
    assert_eq!(failure.kind, ErrorKind::NotFound);
    let is_same = |name: &str| {
        let read = |place: &str| fs::read(scene.folder().join(place).join(name)).unwrap();
        read("from") == read("to")
    };
    assert!(is_same("bbb") && is_same("sub/two") && is_same("sub/three"));
    scene.assert_whole();
}

#[test]
fn a_file_that_shrinks_while_it_is_sent_is_never_half_at_the_destination() {
    let scene = Scene::new();
    let changing = scene.folder().join("from/bbb");
    with_a_long_file(&scene);
    let shrink = |path: &Path| fs::OpenOptions::new().write(true).open(path).unwrap().set_len(1000).unwrap();
    let mut observer = when_one_is_sent(|| shrink(&changing));
    let report = scene.transfer(Way::Push, Between::Memory).watched_by(&mut observer).unwrap();
    let arrived = fs::read(scene.folder().join("to/bbb")).ok();
    // It is sent once more, as it is by then, or it is not there and says so.
    let is_right = match &arrived {
        Some(content) => *content == noise(50, 1_000_000) || *content == fs::read(&changing).unwrap(),
        None => report.exit_status == 23,
    };
    assert!(is_right, "{:?} bytes, status {}", arrived.map(|content| content.len()), report.exit_status);
    scene.assert_whole();
}
