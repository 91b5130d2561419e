//! The line a failed run ends with (`docs/spec/wire-1-session.md` §7.7, §8.1). In: an exit status. Out: text.

/// What exit status `code` means, in rsync's words.
pub(super) fn meaning(code: u8) -> &'static str {
    match code {
        0 => "success",
        1 => "syntax or usage error",
        2 => "protocol incompatibility",
        3 => "errors selecting input/output files, dirs",
        4 => "requested action not supported",
        5 => "error starting client-server protocol",
        10 => "error in socket IO",
        11 => "error in file IO",
        12 => "error in rsync protocol data stream",
        13 => "errors with program diagnostics",
        14 => "error in IPC code",
        15 => "sibling process crashed",
        16 => "sibling process terminated abnormally",
        19 => "received SIGUSR1",
        20 => "received SIGINT, SIGTERM, or SIGHUP",
        21 => "waitpid() failed",
        22 => "error allocating core memory buffers",
        23 => "some files/attrs were not transferred (see previous errors)",
        24 => "some files vanished before they could be transferred",
        25 => "the --max-delete limit stopped deletions",
        30 => "timeout in data send/receive",
        35 => "timeout waiting for daemon connection",
        124 => "remote shell failed",
        125 => "remote shell killed",
        126 => "remote command could not be run",
        127 => "remote command not found",
        _ => "unexplained error",
    }
}

/// The line for exit status `code`, met by `role`. Scripts rely on the shape of the source position, not on its value.
pub(super) fn line(code: u8, role: &str) -> String {
    let what = if code == 24 { "warning" } else { "error" };
    format!(
        "rsync {what}: {} (code {code}) at main.rs(1) [{role}={}]\n",
        meaning(code),
        env!("CARGO_PKG_VERSION")
    )
}
