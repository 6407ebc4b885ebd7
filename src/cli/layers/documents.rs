//! The documents of a stream.

/// The documents of a stream, each with the `---` before it: such a line separates documents wherever it
/// stands (YAML 1.2.2, 9.1.2: no content line begins so).
pub(super) fn documents(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = 0;
        for line in rest.split_inclusive('\n') {
            let marker =
                line.strip_prefix("---").is_some_and(|after| after.is_empty() || after.starts_with([' ', '\t', '\r', '\n']));
            if marker && end > 0 {
                break;
            }
            end += line.len();
        }
        let (document, after) = rest.split_at(end);
        rest = after;
        Some(document)
    })
}
