//! `docker`, as kustomize starts it: a function in a container.
//!
//! kyaml writes the command line (fn/runtime/container/container.go, `getCommand`): `run`, options, and as
//! the last argument the image. Network, mounts and variables are what the declaration asks for.

use super::image::Allowed;
use super::policy::Refusal;
use crate::findings::Code;
use std::ffi::OsString;

/// What a function asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// `container.image`.
    pub image: String,
    /// `container.mounts`: folders and files of the machine.
    pub mounts: Vec<String>,
    /// `container.envs`: `NAME=VALUE`, or `NAME` for the value that the machine has.
    pub env: Vec<String>,
    /// `container.network`: that of the machine.
    pub network: bool,
}

/// kyaml gives each function these (`NewContainerEnv`); no kustomization asked for them.
const OF_KYAML: [&str; 2] = ["LOG_TO_STDERR=true", "STRUCTURED_RESULTS=true"];

/// Whether the image is this program's. It is never started: this program runs in its place, so any
/// registry and tag will do.
#[must_use]
pub fn is_ours(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or_default();
    matches!(name.strip_prefix("proxy-service"), Some(rest) if rest.is_empty() || rest.starts_with([':', '@']))
}

/// Whether the function may run.
///
/// # Errors
/// It is neither ours nor allowed, or it is allowed and asks for something of the machine.
pub fn judge(asked: &Asked, allowed: &Allowed) -> Result<(), Refusal> {
    if is_ours(&asked.image) {
        return Ok(());
    }
    if !allowed.has(&asked.image) {
        let message =
            format!("the function is the container \"{}\", and no function runs but those that are allowed", asked.image);
        return Err(Refusal::new(Code::ForeignFunction, message, remedy(asked, allowed)));
    }
    let network = asked.network.then(|| "the network of the machine".to_string());
    let mount = asked.mounts.first().map(|mount| format!("the mount \"{mount}\""));
    let variable = asked.env.first().map(|variable| format!("the variable \"{variable}\""));
    let Some(more) = network.or(mount).or(variable) else { return Ok(()) };
    let message =
        format!("the container \"{}\" asks for {more}, and an allowed function gets its stdin and nothing else", asked.image);
    Err(Refusal::new(Code::FunctionAsksForMore, message, "remove `network`, `mounts` and `envs` from the declaration"))
}

fn remedy(asked: &Asked, allowed: &Allowed) -> String {
    match allowed {
        Allowed::Never => "remove it; no other function runs here".into(),
        Allowed::Images(_) if asked.image.contains("@sha256:") => {
            format!("remove it, or allow it with `--allow-function {}`", asked.image)
        }
        Allowed::Images(_) => {
            "remove it; or declare the image with its digest, IMAGE@sha256:DIGEST, and allow that with `--allow-function`".into()
        }
    }
}

/// What kyaml's command line asks for.
///
/// # Errors
/// kyaml writes no such command line.
pub fn read(arguments: &[OsString]) -> Result<Asked, Refusal> {
    let words: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let unknown = |word: &str| {
        let message = format!("docker was started with \"{word}\", which kustomize does not write");
        Refusal::new(Code::ForeignFunction, message, "remove the function")
    };
    let Some((image, options)) = words.split_last() else { return Err(unknown("")) };
    let mut asked = Asked { image: image.clone(), ..Asked::default() };
    let mut options = options.iter().map(String::as_str);
    if options.next() != Some("run") {
        return Err(unknown(&words[0]));
    }
    while let Some(option) = options.next() {
        let mut value = || options.next().ok_or_else(|| unknown(option)).map(str::to_string);
        match option {
            "--rm" | "-i" | "--security-opt=no-new-privileges" => {}
            "-a" | "--user" => drop(value()?),
            "--network" => asked.network = value()? != "none",
            "--mount" => asked.mounts.push(value()?),
            "-e" => asked.env.push(value()?),
            _ => return Err(unknown(option)),
        }
    }
    asked.env.retain(|variable| !OF_KYAML.contains(&variable.as_str()));
    Ok(asked)
}

/// The command line for an allowed function: nothing of kyaml's is passed on but the image, which is one
/// of the user's own command line. `name` is a name for the container, by which it can be ended.
#[must_use]
pub fn command_line(asked: &Asked, name: &str) -> Vec<String> {
    let fixed = ["run", "--rm", "--interactive", "--network=none", "--user=nobody", "--cap-drop=ALL"];
    let safe = ["--security-opt=no-new-privileges"];
    let mut line: Vec<String> = fixed.into_iter().chain(safe).map(str::to_string).collect();
    line.extend(OF_KYAML.map(|variable| format!("--env={variable}")));
    line.extend([format!("--name={name}"), asked.image.clone()]);
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    const RUN: &str = "run --rm -i -a STDIN -a STDOUT -a STDERR --network none --user nobody --security-opt=no-new-privileges";

    #[test]
    fn every_registry_and_tag_of_our_image_is_this_program_and_no_other_image_is() {
        for ours in ["proxy-service", "proxy-service:1", "a.b/c/proxy-service@sha256:00", "x:5000/proxy-service:v1@sha256:00"] {
            assert!(is_ours(ours), "{ours}");
        }
        for other in [
            "",
            "evil",
            "proxy-service/evil",
            "proxy-service-evil",
            "evil-proxy-service",
            "x/proxy-service:1/evil",
            "evil:proxy-service",
            "proxy-service\n",
            "Proxy-Service",
        ] {
            assert!(!is_ours(other), "{other}");
        }
    }

    #[test]
    fn kyamls_command_line_is_read_and_another_one_is_refused() {
        let asked = read(&words(&format!("{RUN} -e LOG_TO_STDERR=true -e STRUCTURED_RESULTS=true image"))).unwrap();
        assert_eq!(asked, Asked { image: "image".into(), ..Asked::default() });
        let asked =
            read(&words(&format!("{RUN} --mount type=bind,source=/,target=/x -e TOKEN -e A=--privileged image"))).unwrap();
        assert_eq!((asked.mounts.len(), asked.env.len(), asked.network), (1, 2, false));
        assert!(read(&words(&RUN.replace("none", "host").replace("run", "run -e A=b"))).unwrap().network);
        for wrong in ["", "image", "ps", "run --privileged image", "run -v /:/x image", "run -e", "run --network image"] {
            assert!(read(&words(wrong)).is_err() || judge(&read(&words(wrong)).unwrap(), &Allowed::Never).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_allowed_image_gets_nothing_of_the_machine() {
        let image = format!("a/b@sha256:{}", "0".repeat(64));
        let allowed = Allowed::Images(vec![image.parse().unwrap()]);
        let plain = Asked { image: image.clone(), ..Asked::default() };
        assert_eq!(judge(&plain, &allowed), Ok(()));
        let more = [
            Asked { network: true, ..plain.clone() },
            Asked { mounts: vec!["type=bind,source=/,target=/x".into()], ..plain.clone() },
            Asked { env: vec!["TOKEN".into()], ..plain.clone() },
        ];
        for asked in more {
            assert_eq!(judge(&asked, &allowed).unwrap_err().code(), Code::FunctionAsksForMore, "{asked:?}");
        }
        for other in ["a/b", "a/b:1", &format!("a/c@sha256:{}", "0".repeat(64)), &format!("a/b@sha256:{}", "1".repeat(64))] {
            let asked = Asked { image: other.to_string(), ..Asked::default() };
            assert_eq!(judge(&asked, &allowed).unwrap_err().code(), Code::ForeignFunction, "{other}");
        }
        assert_eq!(command_line(&plain, "x").last(), Some(&image));
    }
}
