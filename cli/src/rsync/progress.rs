//! The line of progress (`docs/spec/wire-1-session.md` §8.6). In: bytes and time. Out: text.

use std::time::Duration;

use super::numbers;

/// How far a transfer has come, on one line that is written over; `level` is that of `-h`.
pub(super) fn line(done: u64, total: u64, elapsed: Duration, level: u8) -> String {
    let share = done.saturating_mul(100).checked_div(total).unwrap_or(100);
    let seconds = elapsed.as_secs_f64();
    let rate = if seconds > 0.0 { done as f64 / 1024.0 / seconds } else { 0.0 };
    let (shown, unit) = match rate {
        rate if rate > 1024.0 * 1024.0 => (rate / 1024.0 / 1024.0, "GB/s"),
        rate if rate > 1024.0 => (rate / 1024.0, "MB/s"),
        rate => (rate, "kB/s"),
    };
    // What is left while it runs, what it took when it is done.
    let time = if done >= total {
        Some(seconds)
    } else {
        (rate > 0.0).then(|| (total - done) as f64 / 1024.0 / rate)
    };
    let time = match time.map(|seconds| seconds as u64) {
        Some(seconds) if seconds / 3600 < 10_000 => {
            format!("{:4}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
        }
        _ => "  ??:??:??".to_owned(),
    };
    format!("\r{:>15} {share:3}% {shown:7.2}{unit} {time}", numbers::integer(done, level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_are_rsyncs() {
        let at = |done, seconds| line(done, 1_500_000, Duration::from_secs_f64(seconds), 1);
        assert_eq!(at(32_768, 0.0), "\r         32,768   2%    0.00kB/s   ??:??:??");
        assert_eq!(at(750_000, 1.0), "\r        750,000  50%  732.42kB/s    0:00:01");
        assert_eq!(at(1_500_000, 0.004), "\r      1,500,000 100%  357.63MB/s    0:00:00");
        assert_eq!(at(1_500_000, 3_723.0), "\r      1,500,000 100%    0.39kB/s    1:02:03");
    }
}
