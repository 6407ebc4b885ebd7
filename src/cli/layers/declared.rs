//! Declarations of functions, as kyaml reads them (fn/runtime/runtimeutil/functiontypes.go,
//! `GetFunctionSpec`).

use crate::cli::stand_in::{Allowed, Asked, Refusal, judge};
use crate::findings::Code;
use crate::krm::{Finding, read_value};
use serde::Deserialize;
use serde_json::Value as Json;
use serde_yaml::Value;
use std::path::{Path, PathBuf};

/// The annotations that hold a declaration, in the order in which kyaml looks for them.
pub(super) const ANNOTATIONS: [&str; 2] = ["config.kubernetes.io/function", "config.k8s.io/function"];

/// A declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Where it stands.
    pub file: PathBuf,
    /// The kind and name of the function's configuration.
    pub object: (String, String),
    /// What is to run.
    pub form: Form,
}

/// What is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// A container.
    Container(Asked),
    /// A program of this machine.
    Exec {
        /// Its path, or its name on PATH.
        path: String,
        /// Whether it would get arguments or variables.
        bare: bool,
    },
}

/// The annotation's value; unknown fields are kyaml's to refuse.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Spec {
    container: Container,
    exec: Exec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Container {
    image: String,
    network: bool,
    mounts: Vec<Json>,
    envs: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Exec {
    path: String,
    args: Vec<Json>,
    envs: Vec<Json>,
}

impl Declared {
    /// Whether it may run.
    ///
    /// # Errors
    /// A finding that names the file, the object, and what to do.
    pub fn judge(&self, allowed: &Allowed) -> Result<(), Finding> {
        let refusal = match &self.form {
            Form::Container(asked) => judge(asked, allowed).err(),
            form if form.is_ours() => None,
            Form::Exec { path, bare } => Some(exec(path, *bare)),
        };
        match refusal {
            Some(refusal) => Err(refusal.of(Some(self.object.clone())).finding(Some(&self.file))),
            None => Ok(()),
        }
    }
}

impl Form {
    /// Whether this program is declared as a program: whatever its folder, this very program runs, and
    /// without arguments.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        matches!(self, Form::Exec { path, bare: true } if program_name(path) == "proxy-service")
    }
}

fn program_name(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    name.strip_suffix(".exe").unwrap_or(name)
}

fn exec(path: &str, bare: bool) -> Refusal {
    let (message, remedy) = match program_name(path) == "proxy-service" && !bare {
        true => (
            format!("the function is the program \"{path}\" with arguments or variables, and it takes neither"),
            "remove `args` and `envs` from the declaration",
        ),
        false => (
            format!("the function is the program \"{path}\", and no program runs that a kustomization names"),
            "remove it; or build with kustomize yourself, where you trust the folder, and use what it prints: \
             `kustomize build --enable-alpha-plugins --enable-exec DIR >built.yaml`",
        ),
    };
    Refusal::new(Code::ForeignFunction, message, remedy)
}

/// The declarations among the objects of a text.
pub(super) fn in_text(text: &str, file: &Path) -> Vec<Declared> {
    let objects = super::documents::documents(text).filter_map(|document| read_value(document).ok());
    objects.flat_map(|object| in_object(&object, file)).collect()
}

fn in_object(object: &Value, file: &Path) -> Vec<Declared> {
    let items = object.get("items").and_then(Value::as_sequence).into_iter().flatten();
    let mut found: Vec<Declared> = items.flat_map(|item| in_object(item, file)).collect();
    if let Some((_, form)) = form(object) {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_string();
        let object = (text(object.get("kind")), text(object.get("metadata").and_then(|metadata| metadata.get("name"))));
        found.push(Declared { file: file.to_path_buf(), object, form });
    }
    found
}

/// What an object declares, and in which annotation; kyaml takes the container where both are there.
pub(super) fn form(object: &Value) -> Option<(&'static str, Form)> {
    let annotations = object.get("metadata")?.get("annotations")?;
    let (name, text) = ANNOTATIONS.iter().find_map(|name| {
        let text = annotations.get(*name)?.as_str()?;
        (!text.is_empty()).then_some((*name, text))
    })?;
    let Spec { container, exec } = serde_yaml::from_value(read_value(text).ok()?).ok()?;
    if !container.image.is_empty() {
        let mounts = container.mounts.iter().map(ToString::to_string).collect();
        let asked = Asked { image: container.image, mounts, env: container.envs, network: container.network };
        return Some((name, Form::Container(asked)));
    }
    let bare = exec.args.is_empty() && exec.envs.is_empty();
    (!exec.path.is_empty()).then_some((name, Form::Exec { path: exec.path, bare }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declaring(function: &str) -> Vec<Declared> {
        let text = format!("kind: X\nmetadata:\n  name: x\n  annotations:\n    config.k8s.io/function: |\n      {function}\n");
        in_text(&text, Path::new("x.yaml"))
    }

    #[test]
    fn our_program_is_ours_wherever_it_is_said_to_be_and_only_without_arguments() {
        for ours in ["proxy-service", "./proxy-service", "/usr/bin/proxy-service", r#""..\\bin\\proxy-service.exe""#] {
            let found = declaring(&format!("exec: {{path: {ours}}}"));
            assert!(found[0].judge(&Allowed::Never).is_ok(), "{ours}");
        }
        for other in [
            "{path: evil}",
            "{path: proxy-service/evil}",
            "{path: proxy-service, args: [install, /x]}",
            "{path: proxy-service, envs: [A=b]}",
        ] {
            let finding = declaring(&format!("exec: {other}"))[0].judge(&Allowed::Never).unwrap_err();
            assert_eq!(finding.code(), Code::ForeignFunction, "{other}");
        }
    }

    #[test]
    fn a_container_counts_before_a_program_as_for_kyaml() {
        let both = declaring("{container: {image: evil}, exec: {path: proxy-service}}");
        assert!(matches!(&both[0].form, Form::Container(asked) if asked.image == "evil"));
    }

    #[test]
    fn declarations_in_lists_and_among_other_documents_are_found() {
        let one = "kind: X\nmetadata: {name: x, annotations: {config.kubernetes.io/function: 'exec: {path: evil}'}}\n";
        let list = format!("kind: List\nitems:\n- {}", one.replace('\n', "\n  "));
        let text = format!("kind: Y\n---\n{one}--- # second\n{list}\n---\n");
        assert_eq!(in_text(&text, Path::new("x")).len(), 2);
    }
}
