//! Numbers as rsync prints them (`docs/spec/wire-1-session.md` §8.2). In: values and `-h`'s level. Out: text.

/// An integer: digits at level 0, groups of three at 1, units of 1000 at 2 and of 1024 above.
pub(super) fn integer(value: u64, level: u8) -> String {
    match level {
        0 => value.to_string(),
        1 => grouped(&value.to_string()),
        level => {
            let base = if level == 2 { 1000.0 } else { 1024.0 };
            if (value as f64) < base { value.to_string() } else { unit(value as f64, base) }
        }
    }
}

/// A count, which never has a unit.
pub(super) fn count(value: u64, level: u8) -> String {
    integer(value, level.min(1))
}

/// A rate or ratio with two decimals.
pub(super) fn real(value: f64, level: u8) -> String {
    let plain = format!("{value:.2}");
    match level {
        0 => plain,
        1 => decimals(&plain),
        level => {
            let base = if level == 2 { 1000.0 } else { 1024.0 };
            if value < base { plain } else { unit(value, base) }
        }
    }
}

/// A ratio, which never has a unit.
pub(super) fn ratio(value: f64, level: u8) -> String {
    real(value, level.min(1))
}

fn unit(value: f64, base: f64) -> String {
    let mut value = value / base;
    let mut units = "KMGTP".chars();
    let mut name = units.next().unwrap_or('P');
    for larger in units {
        if value < base {
            break;
        }
        (value, name) = (value / base, larger);
    }
    format!("{value:.2}{name}")
}

fn decimals(text: &str) -> String {
    match text.split_once('.') {
        Some((whole, part)) => format!("{}.{part}", grouped(whole)),
        None => grouped(text),
    }
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_rsync_prints_them() {
        assert_eq!(
            [0, 1, 2, 3].map(|level| integer(1_500_000, level)),
            ["1500000", "1,500,000", "1.50M", "1.43M"]
        );
        assert_eq!(
            [0, 1, 2, 3].map(|level| real(3_001_716.0, level)),
            ["3001716.00", "3,001,716.00", "3.00M", "2.86M"]
        );
        assert_eq!([1, 2, 3].map(|level| integer(999, level)), ["999", "999", "999"]);
        assert_eq!(count(1_234, 3), "1,234");
        assert_eq!(ratio(10_416.7, 3), "10,416.70");
        assert_eq!(integer(1_300_000_000_000, 2), "1.30T");
    }
}
