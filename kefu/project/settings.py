"""What the settings files of a project say, one typed object a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from kefu.project.models_section import ModelServerSettings
from kefu.project.problems import Place

__all__ = [
    "CONSOLE",
    "DATABASE",
    "MEMORY",
    "ActionEndpoint",
    "AttachmentsEndpoint",
    "CodeSettings",
    "ComponentConfig",
    "CoordinationEndpoint",
    "Credentials",
    "CustomerSettings",
    "Endpoints",
    "EventBroker",
    "FlowOptions",
    "GatewayOptions",
    "InboundQueueSettings",
    "ModelConfig",
    "StaffSettings",
]

MEMORY: Final = "memory:"
"""URL of the store that forgets everything when the process ends."""
CONSOLE: Final = "console"
"""Name of the sender of codes that prints them, for development."""
DATABASE: Final = "database"
"""Type of coordination that needs nothing besides the store of the conversations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentConfig:
    """One item of ``pipeline`` or ``policies``."""

    name: str
    """As written: a component's name or a module path."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """All keys but ``name``."""
    place: Place = field(default=Place("config.yml"), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """config.yml."""

    language: str = "en"
    recipe: str = "default.v1"
    assistant_id: str = ""
    pipeline: tuple[ComponentConfig, ...] = ()
    policies: tuple[ComponentConfig, ...] = ()
    has_pipeline: bool = True
    """False when the file leaves the choice to Kefu."""
    has_policies: bool = True
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Other top-level keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionEndpoint:
    """``action_endpoint``: where custom actions run."""

    module: str | None = None
    """Python module or package of rasa-sdk actions, run inside the process."""
    url: str | None = None
    """Webhook of a separate action server."""
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    """Query parameters of the webhook, a configured token among them."""
    basic_auth: tuple[str, str] | None = field(default=None, repr=False)
    """User name and password."""
    ca_file: str | None = None
    """Certificates to trust besides the system's."""
    timeout_seconds: float = 10.0
    """Key ``timeout``."""
    apology: str | None = None
    """What the customer is told when an action failed: a text or the name of a response. None:
    the default for the bot's language; empty: nothing."""
    selective_domain: bool = False
    """Send the domain only to actions that declare the need for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinationEndpoint:
    """``coordination``: how several processes that serve the same conversations get along."""

    url: str | None = field(default=None, repr=False)
    """Of Redis; None: they use the database only."""
    prefix: str = "kefu:"
    """What all keys in Redis begin with; bots that share a Redis need different ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentsEndpoint:
    """``attachments``: where files that customers send are kept."""

    kind: str = "local"
    """Key ``type``: ``local`` or ``s3``."""
    folder: str = "var/attachments"
    bucket: str = ""
    endpoint: str | None = None
    """Address of an S3-compatible store; None: Amazon's."""
    region: str = "us-east-1"
    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    prefix: str = ""
    secret: str | None = field(default=None, repr=False)
    """What links are signed with; None: made once and kept in the database."""
    public_url: str = ""
    """Where customers reach the server; links are paths without it."""
    max_mb: float = 20.0
    types: tuple[str, ...] | None = None
    """Types that are taken, none where it is empty; None: the usual ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventBroker:
    """``event_broker``: where committed events go."""

    kind: Literal["file", "sql", "rabbitmq", "kafka"]
    address: str = field(repr=False)
    """Path, URL, or ``host:port`` of some brokers with commas between them."""
    queues: tuple[str, ...] = ()
    exchange: str = ""
    topic: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What else is said about the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisTrackers:
    """``tracker_store`` of the type redis: where conversations stand in Rasa's form."""

    url: str = field(repr=False)
    prefix: str = "tracker:"
    """What keys begin with; a conversation's id follows."""
    expires_in: int | None = None
    """Seconds after which a conversation that goes on no more is gone from there; None: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundQueueSettings:
    """``inbound_queue``: where messages wait at peaks before they reach the database."""

    kind: Literal["redis", "rabbitmq"]
    url: str = field(repr=False)
    name: str = "kefu-inbound"
    """What the queues' names begin with."""
    partitions: int = 8
    """Queues among which the conversations are divided; one worker serves each at a time."""
    max_length: int = 100_000
    """Messages that may wait in all; more are answered 503."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowOptions:
    """How many messages may come at once, and on the long run."""

    burst: float
    per_second: float
    spares_private: bool = False
    """Whether addresses of the machine and of private networks, such as a proxy's, are free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayOptions:
    """``gateway``: how messages are taken in."""

    merge_waiting: bool = False
    """Whether messages that wait when a turn begins are answered as one."""
    max_waiting: int = 10_000
    max_running: int = 64
    turn_timeout: float = 120.0
    """In seconds."""
    trusted_proxies: int = 0
    """How many proxies stand before the server and add to ``X-Forwarded-For``."""
    sender_flow: FlowOptions | None = FlowOptions(burst=60, per_second=5)
    """Of one customer; None: as fast as they like."""
    address_flow: FlowOptions | None = FlowOptions(burst=2_000, per_second=200, spares_private=True)
    """Of one network address; None: as fast as it likes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSettings:
    """``customers``: how the shop says who its customers are, and what the bot is told of them."""

    jwt_secret: str | None = field(default=None, repr=False)
    """Shared secret of HS256, HS384 and HS512."""
    jwt_secret_file: str | None = None
    """Path of a file with the secret, seen from endpoints.yml; read where no secret is given."""
    public_key: str | None = None
    """Public key: PEM text, or path of a PEM file seen from the project's folder."""
    jwks: str | None = None
    """Key set (RFC 7517): ``https://`` address, or path of a file."""
    algorithms: tuple[str, ...] = ()
    """Accepted signatures; never empty when there is a key."""
    audience: str | None = None
    issuer: str | None = None
    leeway_seconds: float = 30.0
    """How far the shop's clock may be off."""
    phone_country: str = "86"
    """Calling code of numbers written without one."""
    phone_key: str | None = field(default=None, repr=False)
    """Secret that phone numbers are looked up by; None: one is made and kept in the database."""
    slots: Mapping[str, str] = field(default_factory=lambda: {"name": "customer_name"})
    """Field of a customer -> slot of the bot; slots that the domain lacks are left out."""

    @property
    def has_key(self) -> bool:
        """Whether tokens can be checked at all."""
        return bool(self.jwt_secret or self.public_key or self.jwks)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSettings:
    """``code_sender``: who sends one-time codes to customers, and how often."""

    name: str
    """Path of a class, or :data:`CONSOLE`."""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Settings of the class's own."""
    valid_seconds: float = 300.0
    """How long a code can be used; key ``valid_minutes``."""
    tries: int = 3
    """How often a code may be guessed."""
    gap_seconds: float = 60.0
    """What must lie between two codes for a phone, or in a conversation."""
    per_hour: int = 5
    """Codes for a phone, and in a conversation, in an hour."""
    per_day: int = 10
    phones_per_day: int = 3
    """Different phones that one conversation may have codes sent to in a day; 0: any number."""
    all_per_hour: int = 500
    """Codes of all conversations together in an hour of the clock; 0: no ceiling."""
    all_per_day: int = 3000
    """... and in 24 such hours; 0: no ceiling."""
    verified_seconds: float = 1800.0
    """How long who was verified need not be asked again; key ``verified_minutes``."""
    timeout_seconds: float = 5.0
    """How long the sender may take; key ``timeout``."""
    resend_intent: str = "resend_code"
    """What a customer expresses who wants another code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSettings:
    """``staff``: how agents sign in."""

    idle_seconds: float = 12 * 3600.0
    """After how long without a request an agent is signed out; key ``idle_hours``."""
    longest_seconds: float = 14 * 86400.0
    """After how long in any case; key ``longest_days``."""
    public_url: str = ""
    """Where agents reach the server; empty: one-time links begin as the request did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """endpoints.yml."""

    action: ActionEndpoint | None = None
    storage_url: str | None = None
    """SQLAlchemy-like URL of the conversation log, or :data:`MEMORY`.
    None: SQLite in ``var/kefu.db``."""
    login_db: str | None = None
    """A database of PostgreSQL to log in to where that of ``storage_url`` may not exist yet."""
    redis_trackers: RedisTrackers | None = None
    gateway: GatewayOptions = field(default_factory=GatewayOptions)
    coordination: CoordinationEndpoint | None = None
    """None: the file says nothing of other processes."""
    attachments: AttachmentsEndpoint = field(default_factory=AttachmentsEndpoint)
    event_broker: EventBroker | None = None
    inbound_queue: InboundQueueSettings | None = None
    customers: CustomerSettings = field(default_factory=CustomerSettings)
    codes: CodeSettings | None = None
    """None: no codes are sent."""
    staff: StaffSettings = field(default_factory=StaffSettings)
    models: ModelServerSettings | None = None
    """None: no server is asked for models."""
    nlg: Mapping[str, Any] | None = field(default=None, repr=False)
    """Where the words of responses are asked for, as written; None: they are the domain's."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Sections that other parts read, as written (``human_queue`` ...)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """credentials.yml: channel name or module path -> its settings, secrets resolved."""

    channels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
