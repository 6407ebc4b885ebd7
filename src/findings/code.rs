//! The stable codes of findings.

use crate::krm::{self, Finding};
use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $number:literal,)+) => {
        /// What a finding is about. A code keeps its number and meaning for ever.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $name = $number,)+
        }

        impl Code {
            /// Every code, in the order of the numbers.
            pub const ALL: &'static [Code] = &[$(Code::$name,)+];

            /// What the code means, in one sentence.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

codes! {
    /// The input is not UTF-8 or not YAML.
    MalformedYaml = 1,
    /// The input of the function is not a ResourceList.
    NotAResourceList = 2,
    /// An item is not a Kubernetes object: apiVersion, kind or metadata.name is missing.
    NotAnObject = 3,
    /// A field that the schema does not have.
    UnknownField = 4,
    /// A field has the wrong type or a value that the schema does not allow, or is missing.
    InvalidValue = 5,
    /// A resource of the group msvcbench.io has an unknown version or kind.
    UnknownVersion = 6,
    /// Two ProxyServiceConfigs govern the same namespace.
    ConflictingConfigs = 7,
    /// Two objects in the input have the same kind, namespace and name.
    DuplicateObject = 8,
    /// A file or folder could not be read, or kustomize could not be run.
    UnreadableInput = 9,
    /// Neither the Service of a ProxyService nor its target exists in the input.
    ServiceNotFound = 10,
    /// The Service is headless: clients reach its pods without going through a cluster IP.
    HeadlessService = 11,
    /// The Service is of type ExternalName and has no pods.
    ExternalNameService = 12,
    /// The Service has no selector, so its endpoints are not pods of this cluster.
    NoSelector = 13,
    /// Two ProxyServices intercept the same Service.
    InterceptedTwice = 14,
    /// A port that the Service does not have.
    UnknownPort = 15,
    /// A port whose protocol neither the Service nor the ProxyService declares.
    UndeclaredProtocol = 16,
    /// A port that is not TCP: a proxy cannot carry it.
    NotTcp = 17,
    /// The target is the Service itself.
    TargetIsFront = 18,
    /// An object that would be generated exists already and is somebody else's.
    NameTaken = 19,
    /// An existing target Service lacks a port of the Service that clients call.
    TargetLacksPort = 20,
    /// Clients outside the mesh can reach the Service and spec.tls.mode is not set.
    TlsModeNotChosen = 21,
    /// spec.uri on a Service or port that does not speak HTTP.
    UriWithoutHttp = 22,
    /// autoscaling.minReplicas is greater than autoscaling.maxReplicas.
    ReplicasOutOfOrder = 23,
    /// The Service and the ProxyService declare different protocols for a port.
    ProtocolDisagrees = 24,
    /// A name is not a DNS label.
    InvalidName = 25,
    /// The label selector of a ProxyServiceConfig matches no Service.
    NothingSelected = 26,
    /// The Service selects proxies already, and there is no target to send their requests to.
    AlreadyIntercepted = 27,
    /// A Service's own field does not have the form that Kubernetes gives it.
    InvalidService = 28,
    /// A Service that is not the front selects the proxies too.
    SelectsProxies = 29,
    /// An intercepted Service has two DestinationRules that say the same.
    SeveralRules = 30,
    /// A rule for an intercepted Service is in another namespace than the Service.
    RuleElsewhere = 31,
    /// A rule for an intercepted Service is for some of its clients only.
    RuleCannotMove = 32,
    /// A subset of an intercepted Service that its proxies cannot know.
    SubsetOfFront = 33,
    /// A DestinationRule or BackendTLSPolicy sets TLS with which clients do not reach the proxies.
    TlsOfFront = 35,
    /// The user's DestinationRule says something else than the ProxyService, and counts.
    RuleCounts = 36,
    /// The policy of a DestinationRule for many hosts does not reach the target.
    WildcardRule = 37,
    /// A rule for an intercepted Service was not for clients of all namespaces.
    RuleForSomeClients = 38,
    /// A host that names an intercepted Service to people, but not to Istio.
    PartiallyQualifiedHost = 39,
    /// An AuthorizationPolicy decides by the caller in a way that the proxies cannot take over.
    CallerRule = 40,
    /// A policy may select the application's pods, and the input does not tell.
    MaySelectPods = 41,
    /// A policy selects only some of the pods behind an intercepted Service.
    SelectsSomePods = 42,
    /// A policy that is evaluated elsewhere, or only logged, sees the proxies as the caller.
    SeesProxies = 43,
    /// A policy asks for the caller's certificate, and spec.tls.mode DISABLE takes it away.
    CallerWithoutTls = 44,
    /// A RequestAuthentication would take the token out of requests at the proxies.
    TokenTaken = 45,
    /// A PeerAuthentication switches off the mutual TLS that an interception needs.
    MutualTlsOff = 46,
    /// An extension of Envoy names an intercepted Service, runs at its proxies too, or is not there where they need it.
    ExtensionMoves = 47,
    /// The proxies may send only to named destinations, istiod and DNS among them.
    EgressAssumed = 48,
    /// A network policy that this function cannot adapt to the proxies.
    NetworkPolicyNotAdapted = 49,
    /// The API server calls the Service, and it is in no mesh.
    ApiServerOutside = 50,
    /// Another controller writes the Service or decides which pods it selects.
    ControllerOwnsService = 51,
    /// Endpoints given by hand would stand beside the proxies.
    EndpointsBesideProxies = 52,
    /// Clients can reach the application's pods without the proxies.
    ReachedAround = 53,
    /// A scraper that finds pods through the Service would find the proxies.
    ScrapesProxies = 54,
    /// A metric or query means the Service, and measures something else now.
    MeasuresProxies = 55,
    /// internalTrafficPolicy Local keeps clients from the proxies of other nodes.
    InternalPolicyLocal = 56,
    /// externalTrafficPolicy Local: only nodes with a proxy take requests from outside.
    ExternalPolicyLocal = 57,
    /// Clients prefer nearby proxies, and the proxies do not prefer nearby pods.
    PrefersNearby = 58,
    /// Something keeps each client at one pod, which the proxies do not.
    SessionAffinity = 59,
    /// The Namespace keeps Istio from injecting the proxies.
    NamespaceNotInjected = 60,
    /// A waypoint stands before the Service already.
    WaypointInFront = 61,
    /// A load balancer's health check asks a port on which the proxies do not listen.
    HealthCheckPort = 62,
    /// The Service is exported to other clusters.
    ExportedService = 63,
    /// Another mesh than Istio carries the Service's requests.
    AnotherMesh = 64,
    /// A PodDisruptionBudget of the user's selects the proxies beside their own.
    SecondBudget = 65,
    /// A kustomization asks for a function that is not allowed to run.
    ForeignFunction = 66,
    /// An allowed function asks for more than its stdin.
    FunctionAsksForMore = 67,
    /// A kustomization would give git or helm a command line that is not kustomize's.
    RefusedCommand = 68,
    /// A balancer that leaves the choice of a pod to the address that was asked for, which is a proxy's.
    Passthrough = 69,
    /// consistentHash and loadBalancer are both set.
    TwoBalancers = 70,
    /// A setting of trafficPolicy that has no effect with the load balancer.
    BalancerHasNoUse = 71,
    /// consistentHash has not exactly one key.
    HashKeyNotOne = 72,
    /// consistentHash by something that the protocol of a port does not have.
    HashWithoutHttp = 73,
    /// Retries, a timeout or limits of HTTP where no port speaks HTTP.
    HttpPolicyWithoutHttp = 74,
    /// A field that the mesh's version does not know.
    NeedsNewerIstio = 75,
    /// Settings of trafficPolicy exclude each other, or one has no effect without another.
    PolicyContradictsItself = 76,
    /// A file in a folder is a link that leads out of the folder, or no regular file.
    NotAFileOfTheFolder = 77,
    /// A file or a stream holds more than is read.
    TooLarge = 78,
    /// Copies of requests to a subset reach the same subset.
    MirroredSubset = 79,
    /// A name can mean several Services, because layers of the build have renamed them.
    AmbiguousName = 80,
    /// A Service was renamed by something other than prefixes and suffixes.
    RenamedOtherwise = 81,
    /// A sync wave that Argo CD does not understand, or without room for the waves before it.
    SyncWave = 82,
    /// A rule is needed as it was before an earlier run rewrote it.
    RuleMovedEarlier = 83,
    /// Sidecars of some clients do not see the Service, and spec.tls.mode is not set.
    UnseenByClients = 84,
    /// A Gateway of Istio's without a selector is for the proxies too.
    GatewayOfAllPods = 85,
    /// A workload visibly calls an intercepted Service without a sidecar that knows it, and ISTIO_MUTUAL was chosen.
    ClientOutside = 86,
    /// A policy decides by a path that the proxies rewrite.
    PathRewritten = 87,
    /// With spec.tls.mode DISABLE the proxies would accept clients that a STRICT PeerAuthentication refuses.
    PlaintextBeforeStrict = 88,
    /// An AUDIT policy of the application does not see what is refused at the proxies.
    AuditMissesRefused = 89,
    /// ARGOCD_APP_PARAMETERS is not the JSON that Argo CD writes.
    PluginParametersUnreadable = 90,
    /// An Application sets a parameter that the plugin does not have.
    UnknownPluginParameter = 91,
    /// A parameter of an Application has a value that the plugin cannot take.
    InvalidPluginParameter = 92,
    /// An interception is taken away while its Service still sends clients to the proxies.
    TakenAwayAtOnce = 93,
    /// A git ref, or the repository of a path, cannot be read.
    UnreadableCommit = 94,
    /// A comparison of commits leaves uncommitted changes out.
    UncommittedChanges = 95,
    /// A submodule, or a file behind a filter, is not there as in a full checkout.
    NotCheckedOut = 96,
    /// Something is so large that what is generated of it would be many times as large.
    AsksForTooMuch = 97,
    /// A limit of the user's DestinationRule held at the application's pods too, and holds for clients only now.
    LimitsOfPods = 98,
    /// A VirtualService routes TLS by the server name, and connections with another one follow no route.
    OtherServerNames = 99,
    /// Rendered manifests still have a ProxyService or ProxyServiceConfig: the function did not run.
    FunctionDidNotRun = 100,
    /// A rule or route names a Service that is not there.
    NoSuchService = 101,
    /// A rule or route names a port that the Service does not have.
    NoSuchPort = 102,
    /// A route names a subset that no DestinationRule defines.
    NoSuchSubset = 103,
    /// A host with a dot that is not a full name: istiod does not complete it.
    HostNotCompleted = 104,
    /// The routes of the proxies are not for the hosts that clients send, and the answer would be 404.
    RoutesForOtherHosts = 105,
    /// A port of the proxies' Gateway has no route.
    PortWithoutRoute = 106,
    /// A Gateway that is named is not there, or nothing routes on the proxies' Gateway.
    NoSuchGateway = 107,
    /// The selector of the proxies' Gateway does not mean these proxies alone.
    GatewaySelector = 108,
    /// A selector matches no pods of the manifests.
    SelectsNothing = 109,
    /// The ports of the proxies' Gateway and of the Service that clients call do not meet.
    GatewayPorts = 110,
    /// The proxies cannot listen on a targetPort of the Service that clients call.
    ListeningPort = 111,
    /// A named targetPort that no container of the selected pods has.
    NoSuchContainerPort = 112,
    /// The proxies' requests come back to the proxies.
    ProxyLoop = 113,
    /// The Service that clients call and its target disagree about a port.
    TargetPortDiffers = 114,
    /// A HorizontalPodAutoscaler scales what is not there.
    NothingToScale = 115,
    /// A HorizontalPodAutoscaler measures use in percent of a request that is not set.
    UtilizationWithoutRequest = 116,
    /// A workload sets replicas and has a HorizontalPodAutoscaler.
    ReplicasBesideAutoscaler = 117,
    /// The minReplicas of a HorizontalPodAutoscaler is greater than its maxReplicas.
    AutoscalerOutOfOrder = 118,
    /// The proxies are as large as the application behind them.
    PoolTooLarge = 119,
    /// A PodDisruptionBudget allows no eviction at all.
    BudgetBlocksEvictions = 120,
    /// The ServiceAccount of pods is not there.
    NoServiceAccount = 121,
    /// An object that was generated for an interception that is not there.
    LeftOver = 122,
    /// Two places of a build say something else of the mesh.
    MeshContradicts = 123,
    /// A host has the form of the full name of an intercepted Service, with the domain of another cluster.
    OtherDomain = 124,
    /// The mesh's own configuration in the build cannot be read.
    MeshNotRead = 125,
    /// The mesh has no automatic mutual TLS, and clients would not reach the proxies, or policies would know more callers.
    MutualTlsNotAsked = 126,
    /// A LimitRange under which the API server would refuse the proxies' pods.
    LimitRangeRefuses = 127,
    /// A ResourceQuota that the proxies that always run exceed alone, or that asks for what they do not name.
    QuotaRefuses = 128,
    /// A ResourceQuota without room for all the proxies that the autoscaler may start.
    QuotaStopsScaling = 129,
    /// A picture of a Service that the input does not have.
    NotInThePicture = 130,
    /// A picture of which nothing would be drawn: proxies stand before no Service.
    NothingToDraw = 131,
    /// A file that `init` would write exists already.
    FileExists = 132,
    /// `init` finds no Service that can be intercepted as it is.
    NothingToIntercept = 133,
    /// `init` leaves a Service or a file out.
    LeftOut = 134,
    /// `init` leaves a choice about a Service to its owner.
    ChoiceIsYours = 135,
    /// A target of the user's own that the proxies do not see.
    HiddenTarget = 136,
    /// A target of the user's own that leads elsewhere than the Service.
    OtherPods = 137,
    /// The application's pods are of several revisions of Istio, and the proxies can be of one only.
    SeveralRevisions = 138,
    /// The mesh spreads requests by where clients run, and the proxies run between.
    MeshPrefersNearby = 139,
}

impl Code {
    /// The code of a finding.
    ///
    /// # Panics
    /// Where the reader of the wire has a code that is not in this list.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        let code = Self::ALL.iter().copied().find(|code| finding.code() == *code);
        code.expect("every code is in this list")
    }
}

impl From<Code> for krm::Code {
    fn from(code: Code) -> Self {
        krm::Code::new(code as u16)
    }
}

impl PartialEq<Code> for krm::Code {
    fn eq(&self, other: &Code) -> bool {
        *self == krm::Code::from(*other)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        krm::Code::from(*self).fmt(f)
    }
}
