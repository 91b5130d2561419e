//! Help, read off the table. In: a command. Out: text.

use std::fmt::Write as _;

use crate::delta::table::{Command, Flag, flags_of};

const WIDTH: usize = 100;
const COLUMN: usize = 26;

/// The help of `syncline` itself.
pub fn overview() -> String {
    let mut text = String::from("Finds, carries and applies the differences between files.\n\nUsage:\n");
    for command in Command::ALL {
        for form in command.forms() {
            let _ = writeln!(text, "  syncline {} [OPTIONS] {form}", command.name());
        }
    }
    text.push_str("\nCommands:\n");
    for command in Command::ALL {
        let _ = writeln!(text, "  {:<12}{}", command.name(), command.summary());
    }
    text.push_str("\n'-' is the standard input or output. 'syncline COMMAND --help' tells more.\n");
    text
}

/// The help of `command`.
pub fn of(command: Command) -> String {
    let mut text = format!("{}.\n\nUsage:\n", command.summary());
    for form in command.forms() {
        let _ = writeln!(text, "  syncline {} [OPTIONS] {form}", command.name());
    }
    text.push('\n');
    for line in wrap(command.description(), WIDTH) {
        text.push_str(&line);
        text.push('\n');
    }
    text.push_str("\nOptions:\n");
    for flag in flags_of(command) {
        let head = spelled(flag);
        let mut lines = wrap(flag.help, WIDTH - COLUMN - 2).into_iter();
        if head.len() >= COLUMN {
            let _ = writeln!(text, "  {head}");
        } else {
            let _ = writeln!(text, "  {head:<COLUMN$}{}", lines.next().unwrap_or_default());
        }
        for line in lines {
            let _ = writeln!(text, "  {:<COLUMN$}{line}", "");
        }
    }
    text
}

fn spelled(flag: &Flag) -> String {
    let mut head = match flag.short {
        Some(letter) => format!("-{letter}, --{}", flag.long),
        None => format!("    --{}", flag.long),
    };
    if let Some(value) = flag.value {
        let _ = write!(head, "={value}");
    }
    head
}

/// `text` in lines of at most `width` characters, unless a word is longer.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if !line.is_empty() && line.len() + 1 + word.len() > width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_every_option_and_keeps_its_width() {
        for command in Command::ALL {
            let text = of(command);
            for flag in flags_of(command) {
                assert!(text.contains(&format!("--{}", flag.long)), "{}", flag.long);
            }
            assert!(text.lines().all(|line| line.len() <= WIDTH + 2), "{text}");
        }
    }
}
