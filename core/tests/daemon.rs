//! A real `rsync --daemon` as the other end: lists, logins, transfers both ways, refusals. Each daemon listens on loopback, on a
//! free port, and ends with its test.

#![expect(clippy::unwrap_used, reason = "a failure of the set-up is a failure of the test")]

use std::ffi::OsString;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use syncline::options::Options;
use syncline::session::Password;
use syncline::{DaemonAccess, Endpoint, ErrorKind, Event, Report, Transfer};

/// A daemon with an open module, one with a password, and one that is write-only.
struct Daemon {
    process: Child,
    port: u16,
    place: tempfile::TempDir,
}

impl Daemon {
    fn start(arguments: &[&str]) -> Daemon {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        for name in ["open", "locked", "inbox"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        fs::create_dir(root.join("open/sub dir")).unwrap();
        fs::write(root.join("open/sub dir/file"), "content").unwrap();
        fs::write(root.join("locked/secret"), "hidden").unwrap();
        fs::write(root.join("motd"), "welcome\n").unwrap();
        fs::write(root.join("secrets"), "me:pass word\n").unwrap();
        fs::set_permissions(root.join("secrets"), fs::Permissions::from_mode(0o600)).unwrap();
        let config = configuration(root);
        fs::write(root.join("rsyncd.conf"), config).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new("rsync")
            .args(["--daemon", "--no-detach", "--address=127.0.0.1"])
            .arg(format!("--port={port}"))
            .arg(format!("--config={}", root.join("rsyncd.conf").display()))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let daemon = Daemon { process, port, place };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(10), "the daemon does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        daemon
    }

    fn url(&self, path: &str) -> Endpoint {
        Endpoint::parse(format!("rsync://127.0.0.1:{}/{path}", self.port).as_ref()).unwrap()
    }

    fn here(&self, path: &str) -> PathBuf {
        self.place.path().join(path)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn configuration(root: &Path) -> String {
    let root = root.display();
    let ids = if is_root() { "uid = root\ngid = root\n" } else { "" };
    format!(
        "{ids}use chroot = no\nmotd file = {root}/motd\nlog file = {root}/log\n\
         [open]\npath = {root}/open\ncomment = for all\nread only = no\n\
         [locked]\npath = {root}/locked\nauth users = me\nsecrets file = {root}/secrets\nstrict modes = no\n\
         [inbox]\npath = {root}/inbox\nwrite only = yes\nread only = no\nlist = no\n"
    )
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn logged_in(password: &str) -> DaemonAccess {
    DaemonAccess {
        user: Some("me".into()),
        password: Password::Known(password.into()),
        ..DaemonAccess::default()
    }
}

fn run(transfer: Transfer) -> (syncline::Result<Report>, String) {
    let mut told = String::new();
    let report = transfer.run(&mut |event: &Event| {
        match event {
            Event::Message { text, .. } => told.push_str(&String::from_utf8_lossy(text)),
            Event::Listed(entry) => told.push_str(&format!("<{}>", String::from_utf8_lossy(&entry.name))),
            _ => {}
        }
        ControlFlow::Continue(())
    });
    (report, told)
}

#[test]
fn modules_are_listed_behind_the_message_of_the_day() {
    let daemon = Daemon::start(&[]);
    let (report, told) = run(Transfer::list([daemon.url("")]));
    assert_eq!(report.unwrap().exit_status, 0);
    assert_eq!(told, "welcome\n\nopen           \tfor all\nlocked         \t\n");
    let quiet = Options::default().motd(false);
    assert_eq!(run(Transfer::list([daemon.url("")]).options(quiet)).1, "");
    let (report, told) = run(Transfer::list([daemon.url("open/")])
        .options(Options::default().recursive(syncline::options::Recursion::On)));
    assert!(report.is_ok());
    assert!(told.ends_with("<.><sub dir><sub dir/file>"), "{told}");
}

#[test]
fn trees_go_both_ways() {
    for protocol in [None, Some(31), Some(30)] {
        let daemon = Daemon::start(&[]);
        let options = || Options::archive().protocol(protocol);
        let to = Endpoint::local(daemon.here("pulled"));
        let (report, _) =
            run(Transfer::new([daemon.url("open/sub dir"), daemon.url("open/sub dir/file")], to)
                .options(options()));
        assert_eq!(report.unwrap().files_transferred, 2);
        assert_eq!(fs::read(daemon.here("pulled/sub dir/file")).unwrap(), b"content");
        assert_eq!(fs::read(daemon.here("pulled/file")).unwrap(), b"content");

        let from = Endpoint::local(daemon.here("pulled/"));
        let push = || Transfer::new([from.clone()], daemon.url("open/new")).options(options());
        assert_eq!(run(push()).0.unwrap().files_transferred, 2);
        assert_eq!(fs::read(daemon.here("open/new/sub dir/file")).unwrap(), b"content");
        assert_eq!(run(push()).0.unwrap().files_transferred, 0);
        let inbox = Transfer::new([from.clone()], daemon.url("inbox")).options(options().secluded_args(true));
        assert_eq!(run(inbox).0.unwrap().files_transferred, 2);
    }
}

#[test]
fn passwords_open_what_is_locked_and_wrong_ones_do_not() {
    let daemon = Daemon::start(&[]);
    let pull = || {
        Transfer::new([daemon.url("locked/secret")], Endpoint::local(daemon.here("got")))
            .options(Options::archive())
    };
    assert!(run(pull().daemon(logged_in("pass word"))).0.is_ok());
    assert_eq!(fs::read(daemon.here("got")).unwrap(), b"hidden");

    for access in [logged_in("wrong"), logged_in(""), DaemonAccess::default()] {
        let error = run(pull().daemon(access)).0.unwrap_err();
        assert_eq!((error.kind(), error.exit_status()), (ErrorKind::AuthenticationFailed, 5));
    }
    let asked = Password::Asked(std::sync::Arc::new(|| Some(b"pass word".to_vec())));
    let access = DaemonAccess { password: asked, ..logged_in("") };
    assert!(run(pull().daemon(access)).0.is_ok());

    let file = daemon.here("password");
    fs::write(&file, "pass word\nmore\n").unwrap();
    let by_file = || pull().daemon(logged_in("")).options(Options::archive().password_file(file.clone()));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(run(by_file()).0.unwrap_err().exit_status(), 1);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(run(by_file()).0.is_ok());
}

#[test]
fn refusals_are_typed_and_in_the_daemons_words() {
    let daemon = Daemon::start(&[]);
    let to = || Endpoint::local(daemon.here("to"));
    let error = run(Transfer::new([daemon.url("nothing/x")], to())).0.unwrap_err();
    assert_eq!((error.kind(), error.exit_status()), (ErrorKind::Refused, 5));
    assert_eq!(error.peer_message(), Some("Unknown module 'nothing'"));
    let error = run(Transfer::new([daemon.url("/x")], to())).0.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    let error = run(Transfer::new([daemon.url("inbox/")], to()).options(Options::archive())).0.unwrap_err();
    assert!(error.to_string().contains("write only") || error.exit_status() == 1, "{error:?}");
    let missing = Transfer::new([daemon.url("open/missing")], to()).options(Options::archive());
    let report = run(missing).0.unwrap();
    assert_eq!(report.exit_status, 23);
    assert_eq!(report.failures.first().map(|failure| failure.errno), Some(Some(2)));

    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = Endpoint::parse(format!("rsync://127.0.0.1:{closed}/m").as_ref()).unwrap();
    let error = run(Transfer::list([nobody])).0.unwrap_err();
    assert_eq!((error.kind(), error.exit_status()), (ErrorKind::ConnectFailed, 10));

    let mut elsewhere = Options::archive();
    elsewhere.set("files-from", Some("other:list".as_ref())).unwrap();
    let error = run(Transfer::new([daemon.url("open/")], to()).options(elsewhere)).0.unwrap_err();
    assert_eq!((error.kind(), error.exit_status()), (ErrorKind::InvalidArgument, 1));

    let options = Options::default().contimeout(3_u32);
    let error =
        run(Transfer::list([Endpoint::parse("h:x".as_ref()).unwrap()]).options(options)).0.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

#[test]
fn daemons_are_reached_over_a_remote_shell_and_by_a_connect_program() {
    let daemon = Daemon::start(&[]);
    let module = || Endpoint::parse("me@127.0.0.1::open/sub dir/".as_ref()).unwrap();
    let shell = daemon.here("shell");
    fs::write(&shell, "#!/bin/sh\nwhile [ \"$1\" != 127.0.0.1 ]; do shift; done\nshift\nexec \"$@\"\n")
        .unwrap();
    fs::set_permissions(&shell, fs::Permissions::from_mode(0o755)).unwrap();
    let config = daemon.here("rsyncd.conf");
    // The shell that is started does not split the program's words, as a login shell would: a script does.
    let wrapper = daemon.here("wrapper");
    fs::write(&wrapper, format!("#!/bin/sh\nexec rsync --config={} \"$@\"\n", config.display())).unwrap();
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
    let options = Options::archive().rsh(OsString::from(&shell)).rsync_path(OsString::from(&wrapper));
    let (report, _) =
        run(Transfer::new([module()], Endpoint::local(daemon.here("by-shell"))).options(options));
    assert_eq!(report.unwrap().files_transferred, 1);

    let connect = format!("exec {} 127.0.0.1 {}", bridge(&daemon), daemon.port);
    let access = DaemonAccess { connect_program: Some(connect.into()), ..DaemonAccess::default() };
    let transfer = Transfer::new([module()], Endpoint::local(daemon.here("by-program")));
    let (report, _) = run(transfer.options(Options::archive()).daemon(access));
    assert_eq!(report.unwrap().files_transferred, 1);
}

/// A program that connects its standard input and output to a port.
fn bridge(daemon: &Daemon) -> String {
    let path = daemon.here("bridge");
    fs::write(
        &path,
        "#!/bin/bash\nexec 3<>\"/dev/tcp/$1/$2\"\ncat <&3 & reader=$!\ncat >&3\nkill $reader 2> /dev/null\nwait $reader\n",
    )
    .unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}
