//! Connections to a daemon's port (`docs/spec/wire-1-session.md` §6.10). In: a host and what is known of how to reach it.
//! Out: a [`Connection`].

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::event::{PollFd, PollFlags, poll};
use socket2::{Domain, Protocol, SockAddr, SockRef, Socket, Type};

use super::remote_shell::AddressFamily;
use super::{Connection, socket};
use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result};

/// How often a wait looks at cancellation.
const TICK: Duration = Duration::from_millis(50);
/// Bytes in a line of a proxy's answer, at most.
const MAX_PROXY_LINE: usize = 1023;
/// Lines in the header of a proxy's answer, at most.
const MAX_PROXY_LINES: usize = 1000;

/// How a daemon is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// Which addresses of the host may be used.
    pub family: AddressFamily,
    /// How long connecting to one address may take.
    pub connect_timeout: Option<Duration>,
    /// The local address to connect from: an address or a name.
    pub from: Option<String>,
    /// Socket options, as `--sockopts` has them.
    pub options: Vec<SocketOption>,
    /// The HTTP proxy in between, `[USER:PASSWORD@]HOST:PORT`.
    pub proxy: Option<Proxy>,
}

/// One option of a socket, by name as in `setsockopt`, with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketOption {
    /// `SO_KEEPALIVE`.
    KeepAlive(bool),
    /// `SO_REUSEADDR`.
    ReuseAddress(bool),
    /// `SO_BROADCAST`.
    Broadcast(bool),
    /// `TCP_NODELAY`.
    NoDelay(bool),
    /// `SO_SNDBUF`, in bytes.
    SendBuffer(usize),
    /// `SO_RCVBUF`, in bytes.
    ReceiveBuffer(usize),
    /// `IPTOS_LOWDELAY` or `IPTOS_THROUGHPUT`: the byte of the type of service.
    TypeOfService(u32),
}

impl SocketOption {
    /// Takes a list as of `--sockopts`: `NAME[=VALUE]`, between commas or spaces.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for names that are none and for values that are no numbers; [`ErrorKind::Unsupported`] for
    /// `SO_SNDLOWAT`, `SO_RCVLOWAT`, `SO_SNDTIMEO` and `SO_RCVTIMEO`, which Linux or the session's own timeouts leave no use for.
    pub fn parse_list(text: &str) -> Result<Vec<SocketOption>> {
        text.split([',', ' ', '\t']).filter(|word| !word.is_empty()).map(SocketOption::parse).collect()
    }

    fn parse(word: &str) -> Result<SocketOption> {
        let refuse = |why: String| Err(Error::new(ErrorKind::InvalidArgument, why));
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let number = match value.map(str::parse::<usize>) {
            None => 1,
            Some(Ok(number)) => number,
            Some(Err(_)) => return refuse(format!("the value of socket option {word} is no number")),
        };
        Ok(match name {
            "SO_KEEPALIVE" => SocketOption::KeepAlive(number != 0),
            "SO_REUSEADDR" => SocketOption::ReuseAddress(number != 0),
            "SO_BROADCAST" => SocketOption::Broadcast(number != 0),
            "TCP_NODELAY" => SocketOption::NoDelay(number != 0),
            "SO_SNDBUF" => SocketOption::SendBuffer(number),
            "SO_RCVBUF" => SocketOption::ReceiveBuffer(number),
            "IPTOS_LOWDELAY" | "IPTOS_THROUGHPUT" if value.is_some() => {
                return refuse(format!("socket option {name} takes no value"));
            }
            "IPTOS_LOWDELAY" => SocketOption::TypeOfService(0x10),
            "IPTOS_THROUGHPUT" => SocketOption::TypeOfService(0x08),
            "SO_SNDLOWAT" | "SO_RCVLOWAT" | "SO_SNDTIMEO" | "SO_RCVTIMEO" => {
                let message = format!("socket option {name} is not supported: use --timeout");
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
            _ => return refuse(format!("unknown socket option {name}")),
        })
    }

    fn apply(self, socket: &Socket) -> io::Result<()> {
        match self {
            SocketOption::KeepAlive(on) => socket.set_keepalive(on),
            SocketOption::ReuseAddress(on) => socket.set_reuse_address(on),
            SocketOption::Broadcast(on) => socket.set_broadcast(on),
            SocketOption::NoDelay(on) => socket.set_tcp_nodelay(on),
            SocketOption::SendBuffer(bytes) => socket.set_send_buffer_size(bytes),
            SocketOption::ReceiveBuffer(bytes) => socket.set_recv_buffer_size(bytes),
            SocketOption::TypeOfService(service) => socket.set_tos_v4(service),
        }
    }
}

/// An HTTP proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    host: String,
    port: u16,
    /// `USER:PASSWORD`.
    credentials: Option<Vec<u8>>,
}

impl Proxy {
    /// Takes `[USER:PASSWORD@]HOST:PORT`, as RSYNC_PROXY has it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for anything else.
    pub fn parse(text: &str) -> Result<Proxy> {
        let refuse =
            || Error::new(ErrorKind::InvalidArgument, "invalid proxy specification: should be HOST:PORT");
        let (credentials, place) = match text.rsplit_once('@') {
            Some((credentials, place)) => (Some(credentials), place),
            None => (None, text),
        };
        if credentials.is_some_and(|credentials| !credentials.contains(':')) {
            return Err(refuse());
        }
        let (host, port) = place.rsplit_once(':').ok_or_else(refuse)?;
        if host.is_empty() {
            return Err(refuse());
        }
        Ok(Proxy {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: port.parse().map_err(|_| refuse())?,
            credentials: credentials.map(|text| text.as_bytes().to_vec()),
        })
    }

    /// Asks for a connection to `host`.
    fn ask(&self, socket: &Socket, host: &str, port: u16) -> Result<()> {
        let failed = |error| Error::stream("talk to the proxy", error);
        // What is in the header's lines is of the caller, and a line end in it would make others.
        if host.bytes().any(|byte| byte <= b' ') {
            return Err(Error::new(ErrorKind::InvalidArgument, "the host's name has blanks in it"));
        }
        let mut request = format!("CONNECT {host}:{port} HTTP/1.0\r\n");
        if let Some(credentials) = &self.credentials {
            request.push_str(&format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode(credentials)));
        }
        request.push_str("\r\n");
        let mut stream: &Socket = socket;
        stream.write_all(request.as_bytes()).map_err(failed)?;
        let first = proxy_line(socket).map_err(failed)?;
        if !is_success(&first) {
            let message = format!("bad response from proxy -- {}", String::from_utf8_lossy(&first));
            return Err(Error::new(ErrorKind::ConnectFailed, message));
        }
        for _ in 0..MAX_PROXY_LINES {
            if proxy_line(socket).map_err(failed)?.is_empty() {
                return Ok(());
            }
        }
        Err(Error::new(ErrorKind::ConnectFailed, "the proxy's answer does not end"))
    }
}

/// One line, without its end; no byte behind it is read.
fn proxy_line(mut socket: &Socket) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    loop {
        let mut byte = [0];
        socket.read_exact(&mut byte)?;
        match byte[0] {
            b'\n' => {
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            _ if line.len() >= MAX_PROXY_LINE => {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the line is too long"));
            }
            byte => line.push(byte),
        }
    }
}

/// `HTTP/`, digits and dots, spaces, a 2.
fn is_success(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"HTTP/") else { return false };
    let rest = rest.trim_ascii_end();
    let after = rest.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.').unwrap_or(rest.len());
    let status = rest.get(after..).unwrap_or_default();
    status.starts_with(b" ") && status.trim_ascii_start().starts_with(b"2")
}

/// Connects to `host`, by one of its addresses after the other.
///
/// # Errors
/// [`ErrorKind::ConnectFailed`] if the name is unknown or nobody answers, [`ErrorKind::ConnectTimeout`],
/// [`ErrorKind::Cancelled`].
pub fn connect(host: &str, port: u16, route: &Route, cancel: &CancelToken) -> Result<Connection> {
    let (place, at) = match &route.proxy {
        Some(proxy) => (proxy.host.as_str(), proxy.port),
        None => (host, port),
    };
    let mut last = None;
    for address in addresses(place, at, route.family, cancel)? {
        match try_address(address, route, cancel) {
            Ok(socket) => {
                if let Some(proxy) = &route.proxy {
                    proxy.ask(&socket, host, port)?;
                }
                return Ok(socket::connection(socket));
            }
            Err(error) if error.kind() == ErrorKind::Cancelled => return Err(error),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| {
        Error::new(
            ErrorKind::ConnectFailed,
            format!("{place} has no address of the family that was asked for"),
        )
    }))
}

/// The addresses of a name. The system's lookup cannot be broken off: it goes on by itself when it is not waited for any more.
fn addresses(host: &str, port: u16, family: AddressFamily, cancel: &CancelToken) -> Result<Vec<SocketAddr>> {
    let (found, answer) = mpsc::channel();
    let name = host.to_owned();
    thread::spawn(move || {
        let addresses = (name.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        // Nobody waits for it after a cancellation.
        let _ = found.send(addresses);
    });
    loop {
        match answer.recv_timeout(TICK) {
            Ok(Ok(mut addresses)) => {
                addresses.retain(|address| match family {
                    AddressFamily::Any => true,
                    AddressFamily::V4 => address.is_ipv4(),
                    AddressFamily::V6 => address.is_ipv6(),
                });
                return Ok(addresses);
            }
            Ok(Err(error)) => {
                let message = format!("cannot find the address of {host}");
                return Err(Error::new(ErrorKind::ConnectFailed, message).with_source(error));
            }
            Err(RecvTimeoutError::Timeout) if cancel.is_cancelled() => return Err(Error::cancelled()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Error::new(ErrorKind::Internal, "the lookup of an address panicked"));
            }
        }
    }
}

fn try_address(address: SocketAddr, route: &Route, cancel: &CancelToken) -> Result<Socket> {
    let failed = |error: io::Error| {
        Error::new(ErrorKind::ConnectFailed, format!("failed to connect to {address}")).with_source(error)
    };
    let socket =
        Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP)).map_err(failed)?;
    for option in &route.options {
        option.apply(&socket).map_err(|error| Error::stream("set socket options", error))?;
    }
    if let Some(from) = &route.from {
        let local = local_address(from, address)?;
        socket.bind(&local).map_err(|error| {
            Error::new(ErrorKind::ConnectFailed, format!("cannot connect from {from}")).with_source(error)
        })?;
    }
    socket.set_nonblocking(true).map_err(failed)?;
    let began = Instant::now();
    match socket.connect(&SockAddr::from(address)) {
        Ok(()) => {}
        Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => loop {
            if cancel.is_cancelled() {
                return Err(Error::cancelled());
            }
            if route.connect_timeout.is_some_and(|limit| began.elapsed() >= limit) {
                let message = format!("{address} did not answer in time");
                return Err(Error::new(ErrorKind::ConnectTimeout, message));
            }
            let mut waiting = [PollFd::new(&socket, PollFlags::OUT)];
            let tick = rustix::event::Timespec::try_from(TICK).ok();
            let ready = match poll(&mut waiting, tick.as_ref()) {
                Ok(count) => count > 0,
                Err(rustix::io::Errno::INTR) => false,
                Err(error) => return Err(failed(error.into())),
            };
            if ready {
                match socket.take_error().map_err(failed)? {
                    None => break,
                    Some(error) => return Err(failed(error)),
                }
            }
        },
        Err(error) => return Err(failed(error)),
    }
    socket.set_nonblocking(false).map_err(failed)?;
    // A peer whose machine is gone is noticed even without a timeout of the session's.
    let _ = SockRef::from(&socket).set_keepalive(true);
    Ok(socket)
}

/// The local address to connect to `remote` from.
fn local_address(from: &str, remote: SocketAddr) -> Result<SockAddr> {
    let failed = || Error::new(ErrorKind::ConnectFailed, format!("{from} is no address of this machine"));
    let address = match from.parse::<IpAddr>() {
        Ok(address) => address,
        Err(_) => (from, 0)
            .to_socket_addrs()
            .map_err(|_| failed())?
            .map(|found| found.ip())
            .find(|found| found.is_ipv4() == remote.is_ipv4())
            .ok_or_else(failed)?,
    };
    Ok(SockAddr::from(SocketAddr::new(address, 0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn proxies_and_socket_options_are_read() {
        let proxy = Proxy::parse("user:pa:ss@w@[::1]:8080").unwrap();
        assert_eq!((proxy.host.as_str(), proxy.port), ("::1", 8080));
        assert_eq!(proxy.credentials.as_deref(), Some(b"user:pa:ss@w".as_slice()));
        for wrong in ["", "host", "host:x", ":80", "me@host:80"] {
            assert!(Proxy::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            SocketOption::parse_list("SO_KEEPALIVE, TCP_NODELAY=0,SO_SNDBUF=4096").unwrap(),
            [SocketOption::KeepAlive(true), SocketOption::NoDelay(false), SocketOption::SendBuffer(4096)]
        );
        for wrong in ["SO_NONSENSE", "SO_SNDBUF=x", "IPTOS_LOWDELAY=1", "SO_SNDTIMEO=3"] {
            assert!(SocketOption::parse_list(wrong).is_err(), "{wrong}");
        }
        for (line, good) in [
            ("HTTP/1.0 200 OK", true),
            ("HTTP/1.1  204", true),
            ("HTTP/1.0 407 No", false),
            ("HTTP/200", false),
        ] {
            assert_eq!(is_success(line.as_bytes()), good, "{line}");
        }
    }

    #[test]
    fn a_proxy_is_asked_and_what_is_behind_it_is_reached() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let proxy = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.push(byte[0]);
            }
            stream.write_all(b"HTTP/1.0 200 fine\r\nX: y\r\n\r\nhello").unwrap();
            String::from_utf8(request).unwrap()
        });
        let route = Route {
            proxy: Some(Proxy::parse(&format!("me:secret@127.0.0.1:{port}")).unwrap()),
            ..Route::default()
        };
        let mut connection = connect("far.example", 873, &route, &CancelToken::new()).unwrap();
        let mut said = String::new();
        connection.reader.read_to_string(&mut said).unwrap();
        assert_eq!(said, "hello");
        assert_eq!(
            proxy.join().unwrap(),
            "CONNECT far.example:873 HTTP/1.0\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n"
        );
    }

    #[test]
    fn nobody_there_is_an_error_of_its_own() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let kind = |host, family| {
            let route = Route { family, ..Route::default() };
            connect(host, port, &route, &CancelToken::new())
                .err()
                .map(|error| (error.kind(), error.exit_status()))
        };
        assert_eq!(kind("127.0.0.1", AddressFamily::Any), Some((ErrorKind::ConnectFailed, 10)));
        assert_eq!(kind("127.0.0.1", AddressFamily::V6), Some((ErrorKind::ConnectFailed, 10)));
        assert_eq!(kind("nowhere.invalid", AddressFamily::Any), Some((ErrorKind::ConnectFailed, 10)));
    }

    #[test]
    fn a_wait_for_an_answer_can_be_cancelled_and_has_a_limit() {
        // A listener whose queue is full does not answer.
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        listener.bind(&SockAddr::from(SocketAddr::from(([127, 0, 0, 1], 0)))).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap().as_socket().unwrap();
        let route = Route { connect_timeout: Some(Duration::from_millis(100)), ..Route::default() };
        let cancel = CancelToken::new();
        let mut held = Vec::new();
        let error = loop {
            match connect("127.0.0.1", address.port(), &route, &cancel) {
                Ok(connection) => held.push(connection),
                Err(error) => break error,
            }
            assert!(held.len() < 64, "the queue never fills");
        };
        assert_eq!((error.kind(), error.exit_status()), (ErrorKind::ConnectTimeout, 35));
        cancel.cancel();
        let error = connect("127.0.0.1", address.port(), &Route::default(), &cancel).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }
}
