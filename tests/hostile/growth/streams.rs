//! Streams of markers and comments.

use super::lines;
use crate::kit::{SERVICE, run};

#[test]
fn markers_and_comments_are_read_once_and_no_documents() {
    let count = 100_000;
    for (name, lead) in [
        ("markers", lines(count, "---")),
        ("comments", lines(count, "# a") + "---\n"),
        ("markers and comments", lines(count, "---\n# a") + "---\n"),
        ("comments, then markers", lines(count, "# a") + &lines(count, "---")),
        ("ends of documents", lines(count, "...\n# a") + "---\n"),
        ("markers with comments", lines(count, "--- # a") + "---\n"),
        ("blank lines", "\n".repeat(count)),
    ] {
        let ended = run(&["render", "-"], format!("{lead}{SERVICE}").as_bytes(), 256);
        assert_eq!(ended.code, Some(0), "{name}: {}", ended.stderr);
        let written = String::from_utf8(ended.stdout).unwrap();
        let said: Vec<&str> =
            written.lines().filter(|line| !line.is_empty() && !line.starts_with('#') && !["---", "..."].contains(line)).collect();
        assert!(said.join("\n") + "\n" == SERVICE, "{name}: {said:.4?}");
    }
}

#[test]
fn comments_of_empty_documents_do_not_make_one() {
    for input in ["# a\n---\n# b\n---\n", "# a\n---\n---\n", "---\n# a\n---\n# b\n---\n# c\n---\n"] {
        let ended = run(&["render", "-"], format!("{input}{SERVICE}---\n# d\n---\n# e\n").as_bytes(), 256);
        assert_eq!(ended.code, Some(0), "{input}: {}", ended.stderr);
        assert!(String::from_utf8(ended.stdout).unwrap().ends_with(SERVICE), "{input}");
    }
    // The comments of a document stay with it, whatever comes behind it.
    for end in ["", "---\n", "---\n# b\n---\n---\n# c\n"] {
        let input = format!("# a\n---\n{SERVICE}");
        let ended = run(&["render", "-"], format!("{input}{end}").as_bytes(), 256);
        assert_eq!((ended.code, String::from_utf8(ended.stdout).unwrap()), (Some(0), input), "{end}");
    }
}

#[test]
fn a_list_with_many_keys_is_read_in_every_style() {
    let count = 200_000;
    let block = format!("apiVersion: v1\nkind: List\n{}items: []\n---\n{SERVICE}", lines(count, "k{i}: a"));
    let flow =
        format!("{{\"apiVersion\": \"v1\", \"kind\": \"List\",\n{}\"items\": []}}\n---\n{SERVICE}", lines(count, "\"k{i}\": 1,"));
    for input in [block, flow] {
        let ended = run(&["render", "-"], input.as_bytes(), 1024);
        assert_eq!((ended.code, String::from_utf8(ended.stdout).unwrap().as_str()), (Some(0), SERVICE), "{}", ended.stderr);
    }
}
