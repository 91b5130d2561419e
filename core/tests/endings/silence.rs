//! An other end that is silent, through everything that can be between two ends.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use syncline::options::Options;
use syncline::transport::{Connection, descriptors, pair, socket};
use syncline::{Endpoint, ErrorKind, Transfer};

use crate::scene::{self, Between, Scene, Way};

/// The version, compat flags without names, a seed: after these a server owes a file list.
const GREETED: &[u8] = &[32, 0, 0, 0, 0x81, 0xfe, 3, b'm', b'd', b'5', 1, 0, 0, 0];

/// Longer than a second's timeout, shorter than anything else.
const SOON: Duration = Duration::from_secs(4);

#[test]
fn silence_ends_with_the_timeout_whatever_is_between() {
    for greets in [false, true] {
        let (memory, memory_there) = pair::pair(1000);
        let (unix, unix_there) = UnixStream::pair().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let tcp = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (out, there_in) = std::io::pipe().unwrap();
        let (there_out, into) = std::io::pipe().unwrap();
        let ends = [
            (memory, memory_there),
            (socket::connection(unix), socket::connection(unix_there)),
            (socket::connection(tcp), socket::connection(listener.accept().unwrap().0)),
            (
                descriptors::adopt(out.into(), into.into()).unwrap(),
                descriptors::adopt(there_out.into(), there_in.into()).unwrap(),
            ),
        ];
        thread::scope(|scope| {
            for (ours, theirs) in ends {
                scope.spawn(move || silent(greets, ours, theirs));
            }
        });
    }
}

/// A pull from an end that keeps reading, and says nothing or no more than a greeting.
fn silent(greets: bool, ours: Connection, mut theirs: Connection) {
    thread::scope(|scope| {
        scope.spawn(move || {
            if greets {
                let _ = theirs.writer.write_all(GREETED);
            }
            let mut piece = [0; 100];
            // Keep-alives come as well.
            while theirs.reader.read(&mut piece).is_ok_and(|count| count > 0) {}
        });
        let folder = tempfile::tempdir().unwrap();
        let pull =
            Transfer::new([Endpoint::parse("h:from/".as_ref()).unwrap()], Endpoint::local(folder.path()));
        let started = Instant::now();
        let error = pull.options(Options::archive().timeout(1_u32)).over(ours).run(&mut ()).unwrap_err();
        assert_eq!((error.kind(), error.exit_status()), (ErrorKind::Timeout, 30), "{error:?}");
        assert!((Duration::from_millis(900)..SOON).contains(&started.elapsed()), "{:?}", started.elapsed());
    });
}

#[test]
fn a_silent_shell_is_ended() {
    for way in [Way::Push, Way::Pull] {
        let scene = Scene::new();
        let started = Instant::now();
        let result = scene.transfer(way, Between::Shell).through("exec sleep 60").timeout(1).run();
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Timeout);
        assert!(started.elapsed() < SOON);
        scene.assert_untouched();
        scene::assert_nothing_runs();
    }
}

#[test]
fn an_end_that_stops_in_the_middle_is_given_up() {
    let Some(rsync) = scene::rsync() else { return eprintln!("skipped: rsync is not installed") };
    let scene = Scene::new();
    let script = format!("{rsync} \"$@\" | stdbuf -o0 head -c 100000; exec sleep 60");
    let started = Instant::now();
    let result = scene.transfer(Way::Pull, Between::Shell).through(&script).timeout(1).run();
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
    assert!(started.elapsed() < SOON);
    scene.assert_whole();
}

#[test]
fn an_end_that_stops_reading_is_given_up_however_much_there_is_to_write() {
    let scene = Scene::new();
    // What is behind this keeps the connection, says that it is an rsync, and reads nothing.
    let greeted: String = GREETED.iter().map(|byte| format!("\\{byte:03o}")).collect();
    let script = format!("printf '{greeted}'; exec sleep 60");
    let started = Instant::now();
    let result = scene.transfer(Way::Push, Between::Shell).through(&script).timeout(1).run();
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Timeout);
    assert!(started.elapsed() < SOON);
}

#[test]
fn a_rate_is_kept_in_both_roles_and_is_no_silence() {
    for way in [Way::Push, Way::Pull] {
        let scene = Scene::new();
        let started = Instant::now();
        // 600 KB at 400 KiB a second, with patience for one.
        let transfer = scene.transfer(way, Between::Socket).only("one").timeout(1).rate(400);
        assert_eq!(transfer.run().unwrap().exit_status, 0);
        let took = started.elapsed();
        assert!((Duration::from_secs(1)..Duration::from_secs(4)).contains(&took), "{way:?}: {took:?}");
    }
}
