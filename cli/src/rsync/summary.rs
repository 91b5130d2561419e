//! The texts around a transfer: its first line, `--stats`, the last two lines (`docs/spec/wire-1-session.md` §8.3, §8.4).
//! In: options and a report. Out: text.

use syncline::options::{Delete, Info, Options};
use syncline::{KindCounts, Report};

use super::numbers::{count, integer, ratio, real};

/// The first line of a verbose transfer.
pub(super) fn opening(options: &Options, receiving: bool) -> Option<&'static str> {
    if options.info_level(Info::Flist) == 0 {
        return None;
    }
    // What has to know everything first gets everything in one list.
    let whole = matches!(options.delete, Delete::Before | Delete::After);
    let incremental = options.recurses() && options.incremental_recursion != Some(false) && !whole;
    Some(match (incremental, receiving) {
        (true, false) => "sending incremental file list\n",
        (true, true) => "receiving incremental file list\n",
        (false, false) => "building file list ... done\n",
        (false, true) => "receiving file list ... done\n",
    })
}

/// What is printed after a transfer that took `seconds`, on the side that is `receiving` or not.
pub(super) fn closing(options: &Options, report: &Report, receiving: bool, seconds: u64) -> String {
    let level = options.human_readable;
    let mut text = String::new();
    let wanted = options.info_level(Info::Stats);
    if wanted >= 2 {
        text.push_str(&statistics(report, receiving, level));
    }
    if wanted >= 1 {
        let moved = report.bytes_sent + report.bytes_received;
        let rate = moved as f64 / (0.5 + seconds as f64);
        let speedup = if moved == 0 { 0.0 } else { report.total_size as f64 / moved as f64 };
        text.push_str(&format!(
            "\nsent {} bytes  received {} bytes  {} bytes/sec\ntotal size is {}  speedup is {}{}\n",
            integer(report.bytes_sent, level),
            integer(report.bytes_received, level),
            real(rate, level),
            integer(report.total_size, level),
            ratio(speedup, level),
            if options.dry_run { " (DRY RUN)" } else { "" },
        ));
    }
    text
}

/// What a log ends with where nothing of this is printed.
pub(super) fn for_log(report: &Report) -> String {
    let Report { bytes_sent, bytes_received, total_size, .. } = report;
    format!("sent {bytes_sent} bytes  received {bytes_received} bytes  total size {total_size}")
}

fn statistics(report: &Report, receiving: bool, level: u8) -> String {
    let deleted = KindCounts {
        files: report.deleted.files.into(),
        directories: report.deleted.directories.into(),
        symlinks: report.deleted.symlinks.into(),
        devices: report.deleted.devices.into(),
        specials: report.deleted.specials.into(),
    };
    let mut text = format!(
        "\nNumber of files: {}\nNumber of created files: {}\nNumber of deleted files: {}\n",
        kinds(&report.listed, level),
        kinds(&report.created, level),
        kinds(&deleted, level)
    );
    text.push_str(&format!(
        "Number of regular files transferred: {}\nTotal file size: {} bytes\nTotal transferred file size: {} bytes\n\
         Literal data: {} bytes\nMatched data: {} bytes\nFile list size: {}\n",
        count(report.files_transferred, level),
        integer(report.total_size, level),
        integer(report.transferred_size, level),
        integer(report.literal_bytes, level),
        integer(report.matched_bytes, level),
        // rsync knows only what it received.
        integer(if receiving { report.list_bytes } else { 0 }, level),
    ));
    if report.list_build_ms > 0 {
        let seconds = |ms: u64| format!("{}.{:03} seconds", ms / 1000, ms % 1000);
        text.push_str(&format!(
            "File list generation time: {}\nFile list transfer time: {}\n",
            seconds(report.list_build_ms),
            seconds(report.list_transfer_ms)
        ));
    }
    text.push_str(&format!(
        "Total bytes sent: {}\nTotal bytes received: {}\n",
        integer(report.bytes_sent, level),
        integer(report.bytes_received, level)
    ));
    text
}

/// `10 (reg: 4, dir: 2, link: 1)`; zero members are left out.
fn kinds(counts: &KindCounts, level: u8) -> String {
    let members = [
        ("reg", counts.files),
        ("dir", counts.directories),
        ("link", counts.symlinks),
        ("dev", counts.devices),
        ("special", counts.specials),
    ];
    let members: Vec<String> = members
        .iter()
        .filter(|(_, number)| *number > 0)
        .map(|(name, number)| format!("{name}: {}", count(*number, level)))
        .collect();
    let total = count(counts.total(), level);
    if members.is_empty() { total } else { format!("{total} ({})", members.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What rsync 3.5.0 printed of such a transfer.
    #[test]
    fn the_block_has_rsyncs_bytes() {
        let mut report = Report::default();
        report.listed = KindCounts { files: 2, directories: 2, symlinks: 1, devices: 0, specials: 0 };
        report.created = report.listed;
        report.files_transferred = 2;
        report.total_size = 1_500_005;
        report.transferred_size = 1_500_002;
        report.literal_bytes = 1_500_002;
        report.bytes_sent = 1_500_588;
        report.bytes_received = 93;
        report.list_build_ms = 1;
        let mut options = Options::archive();
        options.verbose = 1;
        options.stats = true;
        assert_eq!(
            closing(&options, &report, false, 0),
            "\nNumber of files: 5 (reg: 2, dir: 2, link: 1)\nNumber of created files: 5 (reg: 2, dir: 2, link: 1)\n\
             Number of deleted files: 0\nNumber of regular files transferred: 2\nTotal file size: 1,500,005 bytes\n\
             Total transferred file size: 1,500,002 bytes\nLiteral data: 1,500,002 bytes\nMatched data: 0 bytes\n\
             File list size: 0\nFile list generation time: 0.001 seconds\nFile list transfer time: 0.000 seconds\n\
             Total bytes sent: 1,500,588\nTotal bytes received: 93\n\
             \nsent 1,500,588 bytes  received 93 bytes  3,001,362.00 bytes/sec\n\
             total size is 1,500,005  speedup is 1.00\n"
        );
    }
}
