//! Hosts that a text names: the value of a variable, an argument, a script.

/// A host in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mention<'t> {
    /// As the text has it, without scheme, port and path.
    pub host: &'t str,
    /// The port behind the host, else that of the scheme.
    pub port: Option<u16>,
}

impl Mention<'_> {
    /// Whether it is a name alone, which only its place makes a host.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        !self.host.contains('.')
    }

    /// Whether not even a port says that it is a host.
    #[must_use]
    pub fn is_name(&self) -> bool {
        self.is_bare() && self.port.is_none()
    }
}

/// Schemes of gRPC's targets, in which the host stands where others have a path (gRPC, `naming.md`).
const RESOLVERS: [&str; 3] = ["dns:///", "xds:///", "passthrough:///"];

/// The longest name that DNS has.
const LONGEST: usize = 253;

/// What can be hosts in a text, each byte of which is looked at once.
///
/// A word with a dot can be one anywhere but in a path. A bare word is one behind a scheme, before a
/// port or a path, as the whole text, or as all that stands behind `=`.
pub fn hosts(text: &str) -> impl Iterator<Item = Mention<'_>> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + bytes[at..].iter().position(|byte| part(*byte))?;
            let end = bytes[start..].iter().position(|byte| !part(*byte)).map_or(bytes.len(), |length| start + length);
            at = end;
            if let Some(mention) = mention(&text[..start], &text[start..end], &text[end..]) {
                return Some(mention);
            }
        }
    })
}

fn part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

/// The host that a word is, with what stands before and after it.
fn mention<'t>(before: &str, word: &'t str, after: &str) -> Option<Mention<'t>> {
    // The default of a variable of the shell: `${HOST:-cart}`.
    let default = before.ends_with(':').then(|| word.strip_prefix('-')).flatten();
    let host = default.unwrap_or(word);
    let in_url = before.ends_with("://") || RESOLVERS.iter().any(|resolver| before.ends_with(resolver));
    if host.len() > LONGEST || (before.ends_with('/') && !in_url) || (in_url && is_user(after)) {
        return None;
    }
    let port = port(after);
    let mention = Mention { host, port: port.or_else(|| port_of_scheme(before)) };
    let begins = || before.is_empty() || before.ends_with([' ', '\t', '\n', '"', '\'', '=']);
    let is_host = in_url
        || default.is_some()
        || port.is_some()
        || before.ends_with('@')
        || (after.starts_with('/') && begins())
        || (after.is_empty() && (before.is_empty() || before.ends_with('=')));
    (is_host || !mention.is_bare()).then_some(mention)
}

/// Whether the word begins what stands before `@` in a URL: `amqp://cart:password@queue`.
fn is_user(after: &str) -> bool {
    let authority =
        after.bytes().take(LONGEST).take_while(|byte| !matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b',' | 0..=b' '));
    authority.into_iter().any(|byte| byte == b'@')
}

fn port(after: &str) -> Option<u16> {
    let digits = after.strip_prefix(':')?;
    let length = digits.bytes().take(6).take_while(u8::is_ascii_digit).count();
    digits[..length].parse().ok()
}

fn port_of_scheme(before: &str) -> Option<u16> {
    const SCHEMES: [(&str, u16); 4] = [("http://", 80), ("ws://", 80), ("https://", 443), ("wss://", 443)];
    SCHEMES.iter().find(|(scheme, _)| before.ends_with(scheme)).map(|(_, port)| *port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&str, Option<u16>)> {
        hosts(text).map(|mention| (mention.host, mention.port)).collect()
    }

    #[test]
    fn a_bare_word_is_a_host_by_its_place_only() {
        assert_eq!(found("cart"), [("cart", None)]);
        assert_eq!(found(" cart:80 "), [("cart", Some(80))]);
        assert_eq!(found("http://cart/x/y"), [("cart", Some(80))]);
        assert_eq!(found("https://me:secret@cart"), [("cart", None)]);
        assert_eq!(found("--backend=cart"), [("cart", None)]);
        assert_eq!(found("curl -s cart/healthz"), [("cart", None)]);
        assert_eq!(found("curl ${HOST:-cart}/x"), [("cart", None)]);
        assert_eq!(found("a:6379,cart:80"), [("a", Some(6379)), ("cart", Some(80))]);
        assert_eq!(found("xds:///cart:80"), [("cart", Some(80))]);
        assert_eq!(found("dns:///cart.shop"), [("cart.shop", None)]);
        for text in [
            "file:///cart/x",
            "empty the cart",
            "--cart",
            "/var/cart/x",
            "example.com/cart:80",
            "my_cart then",
            "amqp://cart:cart@queue:5672",
            "",
        ] {
            assert!(found(text).iter().all(|(host, _)| *host != "cart"), "{text}");
        }
    }

    #[test]
    fn a_word_with_a_dot_is_a_host_outside_of_paths() {
        assert_eq!(found("wait for cart.shop please"), [("cart.shop", None)]);
        assert_eq!(found("tcp://cart.shop.svc.cluster.local.:80"), [("cart.shop.svc.cluster.local.", Some(80))]);
        assert!(found("/etc/cart.shop").is_empty());
        assert!(found(&format!("http://{}", "a".repeat(254))).is_empty());
        assert_eq!(found("é cart.shop é"), [("cart.shop", None)]);
        assert_eq!(found("cart.shop:99999"), [("cart.shop", None)]);
    }
}
