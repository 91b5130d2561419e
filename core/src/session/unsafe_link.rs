//! Whether a symbolic link leads out of the tree, by its text alone (`docs/spec/wire-2-filelist.md` §4.10). In: a target and
//! the link's name. Out: yes or no.

/// Whether a symbolic link at `name` leads out of the tree, by its text alone.
pub(crate) fn leads_out(target: &[u8], name: &[u8]) -> bool {
    if target.is_empty() || target.starts_with(b"/") {
        return true;
    }
    let mut climbed = target;
    while let Some(rest) = climbed.strip_prefix(b"../") {
        climbed = rest;
        while let Some(rest) = climbed.strip_prefix(b"/") {
            climbed = rest;
        }
    }
    if climbed.windows(4).any(|part| part == b"/../") || (target.len() > 3 && target.ends_with(b"/..")) {
        return true;
    }
    let components = |path: &'_ [u8]| -> Vec<Vec<u8>> {
        let all = path.split(|&byte| byte == b'/').map(<[u8]>::to_vec);
        all.filter(|component| !component.is_empty()).collect()
    };
    let own = components(name);
    let mut depth = 0_i64;
    for component in own.iter().take(own.len().saturating_sub(1)) {
        match component.as_slice() {
            b".." => depth = 0,
            b"." => {}
            _ => depth += 1,
        }
    }
    let steps = components(target);
    for (number, component) in steps.iter().enumerate() {
        let is_last = number + 1 == steps.len() && !target.ends_with(b"/");
        match component.as_slice() {
            b".." => depth -= 1,
            b"." => {}
            _ if is_last => {}
            _ => depth += 1,
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::leads_out;

    #[test]
    fn links_are_judged_as_in_the_table_of_the_specification() {
        for (name, target) in [
            ("l", "a"),
            ("l", "a/b"),
            ("l", "."),
            ("l", "./a"),
            ("l", "..a"),
            ("l", "a/..."),
            ("l", ".//a"),
            ("l", "a//b"),
            ("d/l", "../a"),
            ("d/l", ".."),
            ("d/l", "../"),
            ("d/l", "../."),
            ("d/l", ".././a"),
            ("d/l", "..//a"),
            ("d/e/l", "../../a"),
            ("d/e/l", "..//../a"),
        ] {
            assert!(!leads_out(target.as_bytes(), name.as_bytes()), "{name} -> {target}");
        }
        for (name, target) in [
            ("l", ".."),
            ("l", "../a"),
            ("l", "/etc"),
            ("l", "a/.."),
            ("l", "a/../b"),
            ("l", "./.."),
            ("l", "./../a"),
            ("d/l", "../.."),
            ("d/l", "../../a"),
            ("d/l", "../d/../a"),
            ("d/l", "a/../../b"),
            ("d/l", "./../a"),
            ("d/l", "../../d/a"),
            ("d/l", "x/.."),
            ("d/e/l", "../../../a"),
            ("d/e/l", "../.."),
            ("d/e/l", "../x/../y"),
            ("d/e/l", ".././../a"),
        ] {
            assert!(leads_out(target.as_bytes(), name.as_bytes()), "{name} -> {target}");
        }
    }
}
