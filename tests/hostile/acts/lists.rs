//! Names and fields of a file list, and lists in pieces.

use syncline::wire::index::Index;
use syncline::wire::ints::{write_varint, write_varlong};

use super::{Act, CLIENT, IMPATIENT, Plays, Sound, leaves};
use crate::entry::{Entry, MODIFIED, directory, file, good_tree, link, raw, top, tree_with};
use crate::peer::{Peer, Point, Then};

const OUT: &str = "got out\n";

pub(super) fn acts() -> Vec<Act> {
    let act = |name, does, sound| Act::of(Plays::Sender, name, does, sound);
    let mut acts = vec![
        act("name-leads-up", "a file ../escaped", Sound::Fails).tree(|| tree_with([file("../escaped", OUT)])),
        act("name-leads-up-from-below", "a file sub/../../escaped", Sound::Fails)
            .tree(|| tree_with([file("sub/../../escaped", OUT)])),
        act("name-is-absolute", "a file with an absolute path", Sound::Fails)
            .tree(|| tree_with([file("/escaped-hostile", OUT)])),
        act("name-is-empty", "a file without a name", Sound::Either).tree(|| tree_with([file("", OUT)])),
        act("name-with-nul", "a name with a NUL inside", Sound::Either)
            .tree(|| tree_with([file("x\0/../../escaped", OUT)])),
        act("name-too-long", "a path of 6,000 bytes", Sound::Fails)
            .tree(|| tree_with([file(&"n".repeat(6000), OUT)])),
        act("name-length-huge", "a path of 2^31 - 1 bytes, of which one comes", Sound::Fails)
            .tree(|| tree_with([raw(huge_name())])),
        act("name-shares-too-much", "a name that shares 200 bytes with a shorter one", Sound::Either)
            .tree(|| tree_with([raw(shared_name())])),
        act("name-in-no-directory", "a file whose directory nobody sent", Sound::Fails)
            .tree(|| tree_with([file("nowhere/file", OUT)])),
        act("top-is-a-file", "the top of the transfer as a regular file", Sound::Fails)
            .tree(|| vec![file(".", OUT)]),
        act("not-asked-for", "another file than the one that was asked for", Sound::Fails)
            .tree(|| vec![file("other", OUT)])
            .options("-t ONE-FILE")
            .only(CLIENT),
        act("excluded", "a file that the client excludes", Sound::Fails)
            .tree(|| tree_with([file("secret.key", OUT)]))
            .options("-r --exclude=*.key")
            .only(CLIENT),
        act("through-a-link", "a link to .. and a file below it", Sound::Either)
            .tree(|| vec![top(), link("way", ".."), file("way/escaped", OUT)])
            .options("-rl"),
        act("link-and-directory", "one name for a link to .. and for a directory with a file", Sound::Either)
            .tree(|| vec![top(), link("way", ".."), directory("way"), file("way/escaped", OUT)])
            .options("-rl"),
        act(
            "link-over-a-directory",
            "a link to .. in place of an old directory, a file below it",
            Sound::Either,
        )
        .tree(|| vec![top(), link("old", ".."), file("old/escaped", OUT)])
        .options("-rl"),
        act("same-name-thrice", "one name for three files", Sound::Either)
            .tree(|| tree_with([file("a", "second\n"), file("a", "third\n"), directory("a")])),
        act("size-negative", "a size of -1", Sound::Fails)
            .tree(|| tree_with([Entry { size: Some(-1), ..file("n", "") }])),
        act("size-huge", "a size of 2^61 for eight bytes", Sound::Either)
            .tree(|| tree_with([Entry { size: Some(1 << 61), ..file("n", "8 bytes\n") }])),
        act("mode-of-no-kind", "a file of no kind there is", Sound::Fails)
            .tree(|| tree_with([Entry { mode: 0o130644, ..file("n", "") }])),
        act("mode-zero", "mode 0", Sound::Fails).tree(|| tree_with([Entry { mode: 0, ..file("n", "") }])),
        act("time-at-the-end", "a time of 2^63 - 1", Sound::Either)
            .tree(|| tree_with([Entry { modified: i64::MAX, ..file("n", "n\n") }]))
            .options("-rt"),
        act("time-before-the-start", "a time of -2^62", Sound::Either)
            .tree(|| tree_with([Entry { modified: -(1 << 62), ..file("n", "n\n") }]))
            .options("-rt"),
        act("nanoseconds-too-many", "two seconds of nanoseconds", Sound::Fails)
            .tree(|| tree_with([Entry { nanoseconds: Some(2_000_000_000), ..file("n", "n\n") }])),
        act("flags-unknown", "flags that mean nothing", Sound::Either)
            .tree(|| tree_with([Entry { flags: 0x5_8000, ..file("n", "n\n") }])),
        act("flags-overlong", "flags of ten bytes", Sound::Fails).tree(|| tree_with([raw(vec![0xff; 10])])),
        act("hard-link-to-the-future", "a hard link to an entry that never comes", Sound::Fails)
            .tree(|| tree_with([raw(hard_link(500))]))
            .options("-rH"),
        act("hard-link-to-nothing", "a hard link to entry -1", Sound::Fails)
            .tree(|| tree_with([raw(hard_link(-1))]))
            .options("-rH"),
        act("target-too-long", "a link to 6,000 bytes", Sound::Fails)
            .tree(|| tree_with([link("l", &"t".repeat(6000))]))
            .options("-rl"),
        act("list-without-end", "100,000 entries and no end", Sound::Fails).at(Point::List, |peer| {
            let mut out = Vec::new();
            top().encode(&mut out);
            (0..100_000).for_each(|i| file(&format!("f{i:06}"), "").encode(&mut out));
            peer.data(&out)?;
            leaves(peer)
        }),
        act("list-in-a-whole-one", "a further list, though lists do not come in pieces", Sound::Fails)
            .at(Point::Listed, |peer| pieces(peer, &[(1, "sub/x")])),
        act("index-of-nothing", "index -60 where an answer is due", Sound::Fails).at(Point::Listed, |peer| {
            peer.data(&[0xff, 59])?;
            Ok(Then::GoOn)
        }),
    ];
    let piece = |name, does, sound| act(name, does, sound).in_pieces().tree(|| vec![top(), directory("sub")]);
    acts.extend([
        piece("piece-of-no-directory", "a list for directory 40", Sound::Fails)
            .at(Point::Listed, |peer| pieces(peer, &[(40, "sub/x")])),
        piece("piece-twice", "two lists for one directory", Sound::Fails)
            .at(Point::Listed, |peer| pieces(peer, &[(1, "sub/x"), (1, "sub/y")])),
        piece("piece-of-another", "a list with an entry of another directory", Sound::Fails)
            .at(Point::Listed, |peer| pieces(peer, &[(1, "elsewhere")])),
        piece("piece-never", "says nothing where a list is due", Sound::Ends(&[30]))
            .at(Point::Listed, Peer::stall)
            .options(IMPATIENT),
    ]);
    acts.push(act("nothing-wrong", "all that it should", Sound::Ends(&[0])).tree(good_tree));
    acts
}

/// Lists of one entry each for directories, and the end of all lists.
fn pieces(peer: &mut Peer, lists: &[(i32, &str)]) -> Result<Then, crate::peer::Over> {
    for &(number, name) in lists {
        let mut out = Vec::new();
        peer.written.encode(Index::List(number), &mut out);
        file(name, "").encode(&mut out);
        out.extend_from_slice(&[0, 0]);
        peer.data(&out)?;
    }
    let mut out = Vec::new();
    peer.written.encode(Index::ListsEnd, &mut out);
    peer.data(&out)?;
    Ok(Then::GoOn)
}

fn huge_name() -> Vec<u8> {
    let mut out = Vec::new();
    write_varint(0x58, &mut out);
    write_varint(i32::MAX, &mut out);
    out.push(b'x');
    out
}

fn shared_name() -> Vec<u8> {
    let mut out = Vec::new();
    write_varint(0x38, &mut out);
    out.extend_from_slice(&[200, 1, b'x']);
    write_varlong(0, 3, &mut out);
    write_varlong(MODIFIED, 4, &mut out);
    out.extend_from_slice(&0o100_644_u32.to_le_bytes());
    out
}

fn hard_link(to: i32) -> Vec<u8> {
    let mut out = Vec::new();
    write_varint(0x218, &mut out);
    out.extend_from_slice(&[1, b'h']);
    write_varint(to, &mut out);
    out
}
