//! The Component that runs the function: the files of `functions/`, as one folder.

use super::{Form, NewFile};

/// The Component's folder.
pub(super) const FOLDER: &str = "proxy-service";

const NAMES: &str = include_str!("../../functions/names/names.yaml");

/// The Component's files. It needs no other folder, and no network.
pub(super) fn files(form: Form) -> Vec<NewFile> {
    let (how, function) = match form {
        Form::Exec => (
            "# The function as a program: `proxy-service` must be on PATH.\n#\n\
             #   kustomize build --enable-alpha-plugins --enable-exec DIR\n#\n\
             # Without --enable-exec kustomize skips the function and says nothing.\n",
            include_str!("../../functions/exec/function.yaml"),
        ),
        Form::Container => (
            "# The function as a container: nothing but kustomize and a `docker` are needed.\n#\n\
             #   kustomize build --enable-alpha-plugins DIR\n",
            include_str!("../../functions/container/function.yaml"),
        ),
    };
    let kustomization = format!(
        "{how}apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n\
         # Names and namespaces of what is generated, for every later prefix, suffix and namespace.\n\
         configurations:\n- names.yaml\ntransformers:\n- function.yaml\n"
    );
    vec![
        NewFile { path: "proxy-service/kustomization.yaml", text: kustomization },
        NewFile { path: "proxy-service/function.yaml", text: function.to_string() },
        NewFile { path: "proxy-service/names.yaml", text: NAMES.to_string() },
    ]
}
