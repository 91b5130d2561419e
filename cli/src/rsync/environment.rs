//! What rsync's variables say where the command line says nothing (rsync(1), ENVIRONMENT VARIABLES). In: variables, the
//! words typed. Out: options.

use std::ffi::OsString;

use syncline::options::Options;
use syncline::{Error, ErrorKind};

/// The variables that stand for options of a client.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    /// `RSYNC_OLD_ARGS`: how often `--old-args` is taken as given.
    pub old_args: u8,
    /// `RSYNC_PROTECT_ARGS`: whether `--secluded-args` is.
    pub secluded_args: bool,
    /// `RSYNC_CHECKSUM_LIST`.
    pub checksum_list: String,
    /// `RSYNC_COMPRESS_LIST`.
    pub compress_list: String,
    /// Variables that are set and cannot be honoured yet.
    pub not_built: Vec<&'static str>,
}

impl Variables {
    /// Reads them by `variable`.
    pub fn read(variable: impl Fn(&str) -> Option<OsString>) -> Variables {
        let text = |name: &str| variable(name).map(|value| value.to_string_lossy().into_owned());
        let number = |name: &str| text(name).and_then(|value| value.trim().parse::<u32>().ok()).unwrap_or(0);
        Variables {
            old_args: number("RSYNC_OLD_ARGS").min(2) as u8,
            secluded_args: number("RSYNC_PROTECT_ARGS") > 0,
            checksum_list: text("RSYNC_CHECKSUM_LIST").unwrap_or_default(),
            compress_list: text("RSYNC_COMPRESS_LIST").unwrap_or_default(),
            not_built: ["RSYNC_ICONV", "RSYNC_PARTIAL_DIR"]
                .into_iter()
                .filter(|name| variable(name).is_some_and(|value| !value.is_empty()))
                .collect(),
        }
    }

    /// Adds them to `options`, which were parsed from `words`.
    ///
    /// # Errors
    /// For a variable that would change what is transferred, and that cannot be honoured.
    pub fn apply(&self, words: &[OsString], options: &mut Options) -> Result<(), Error> {
        let is_relevant = |name: &&str| *name != "RSYNC_PARTIAL_DIR" || options.partial;
        if let Some(name) = self.not_built.iter().copied().find(is_relevant) {
            return Err(Error::new(ErrorKind::Unsupported, format!("{name} is not supported yet: unset it")));
        }
        let typed = |names: &[&str]| words.iter().any(|word| names.iter().any(|name| word == name));
        let is_typed = options.old_args > 0
            || options.secluded_args
            || typed(&["--no-secluded-args", "--no-protect-args", "--no-s", "--no-old-args"]);
        if !is_typed && self.old_args > 0 {
            options.old_args = self.old_args;
        } else if !is_typed && self.secluded_args {
            options.secluded_args = true;
        }
        options.checksum_list = self.checksum_list.clone();
        options.compress_list = self.compress_list.clone();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(variables: &[(&str, &str)], words: &[&str], mut options: Options) -> Result<Options, Error> {
        let find = |name: &str| {
            variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| OsString::from(*value))
        };
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        Variables::read(find).apply(&words, &mut options).map(|()| options)
    }

    #[test]
    fn what_is_typed_counts_more_and_old_arguments_more_than_secluded_ones() {
        let both = [("RSYNC_OLD_ARGS", "7"), ("RSYNC_PROTECT_ARGS", "1")];
        let none = Options::default;
        let seen = |options: Options| (options.old_args, options.secluded_args);
        assert_eq!(seen(after(&both, &[], none()).unwrap()), (2, false));
        assert_eq!(seen(after(&both[1..], &[], none()).unwrap()), (0, true));
        assert_eq!(seen(after(&both, &["-a", "--no-old-args"], none()).unwrap()), (0, false));
        assert_eq!(seen(after(&both, &["-s"], none().secluded_args(true)).unwrap()), (0, true));
        assert_eq!(seen(after(&[("RSYNC_OLD_ARGS", "0"), both[1]], &[], none()).unwrap()), (0, true));
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_where_it_matters() {
        let partial = [("RSYNC_PARTIAL_DIR", ".part")];
        assert!(after(&partial, &[], Options::default()).is_ok());
        assert_eq!(after(&partial, &[], Options::default().partial(true)).unwrap_err().exit_status(), 4);
        assert!(after(&[("RSYNC_ICONV", "latin1")], &[], Options::default()).is_err());
        let lists = after(&[("RSYNC_CHECKSUM_LIST", "md5")], &[], Options::default()).unwrap();
        assert_eq!((lists.checksum_list.as_str(), lists.compress_list.as_str()), ("md5", ""));
    }
}
