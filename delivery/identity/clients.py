"""What this house is at the providers that the settings name."""

from delivery.identity.line import ProviderLine
from delivery.identity.provider import Provider
from delivery.rules.identity import Client, listed
from delivery.settings import Settings


def staff_client(settings: Settings) -> Client | None:
    """What we are where staff log in; None where that is nowhere."""
    if not settings.oidc_issuer:
        return None
    return Client(
        settings.oidc_issuer, settings.oidc_name, settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(), acr=settings.oidc_acr,
        max_age=60 * settings.oidc_max_age_minutes, strong=listed(settings.oidc_second_factor),
    )  # fmt: skip


def citizens_client(settings: Settings) -> Client | None:
    """What we are where citizens show who they are; None where that is nowhere."""
    if not settings.citizen_oidc_issuer:
        return None
    return Client(
        settings.citizen_oidc_issuer, settings.citizen_oidc_name, settings.citizen_oidc_client_id,
        settings.citizen_oidc_client_secret.get_secret_value(), settings.citizen_oidc_scope, settings.citizen_oidc_acr,
    )  # fmt: skip


def provider_of(settings: Settings, client: Client | None) -> Provider | None:
    """The provider at which we are this client. Raises BadSetting when the certificates cannot be read."""
    return Provider(client, ProviderLine.of(settings)) if client is not None else None
