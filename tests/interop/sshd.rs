//! A real sshd on this machine's own address, with keys nobody else has, on a port that was free; it ends with the value.

use std::fs;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running server.
#[derive(Debug)]
pub(crate) struct Sshd {
    server: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Sshd {
    /// Starts one, and returns when it takes connections.
    ///
    /// # Errors
    /// Says what is missing.
    pub(crate) fn start() -> Result<Sshd, String> {
        let program = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"];
        let program =
            program.into_iter().find(|path| Path::new(path).exists()).ok_or("sshd is not installed")?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        for name in ["host", "user"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(folder.path().join(name))
                .status();
            if !made.is_ok_and(|status| status.success()) {
                return Err("ssh-keygen makes no key".to_owned());
            }
        }
        // Where it gives its privileges away, if it has any.
        let _ = fs::create_dir("/run/sshd");
        // Between looking for a free port and taking it another program may take it.
        (0..5).map(|_| Sshd::listen(program, &folder)).find_map(Result::ok).map_or_else(
            || Err("sshd does not start".to_owned()),
            |(server, port)| Ok(Sshd { server, port, folder }),
        )
    }

    fn listen(program: &str, folder: &tempfile::TempDir) -> Result<(Child, u16), String> {
        let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|free| free.local_addr());
        let port = port.map_err(|error| error.to_string())?.port();
        let here = folder.path().display();
        // With a home of its own the login shell finds no start-up files that say or do anything.
        let settings = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {here}/host\nAuthorizedKeysFile {here}/user.pub\n\
             StrictModes no\nUsePAM no\nPidFile none\nMaxStartups 200\nPermitRootLogin yes\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nSetEnv HOME={here}\n"
        );
        let key = fs::read_to_string(folder.path().join("host.pub")).map_err(|error| error.to_string())?;
        let known = format!("[127.0.0.1]:{port} {key}");
        for (name, text) in [("settings", &settings), ("known", &known)] {
            fs::write(folder.path().join(name), text).map_err(|error| error.to_string())?;
        }
        let mut server = Command::new(program)
            .args(["-D", "-e", "-f"])
            .arg(folder.path().join("settings"))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end && matches!(server.try_wait(), Ok(None)) {
            let greeting = TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| {
                let mut greeting = [0; 4];
                stream.read_exact(&mut greeting).map(|()| greeting)
            });
            if greeting.is_ok_and(|greeting| &greeting == b"SSH-") {
                return Ok((server, port));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = server.kill();
        let _ = server.wait();
        Err("it takes no connections".to_owned())
    }

    /// The command that reaches it at `127.0.0.1` without asking anybody anything.
    pub(crate) fn shell(&self) -> String {
        let here = self.folder.path().display();
        format!(
            "ssh -p {} -F none -i {here}/user -o IdentitiesOnly=yes -o UserKnownHostsFile={here}/known -o BatchMode=yes \
             -o LogLevel=ERROR",
            self.port
        )
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
