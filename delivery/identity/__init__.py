"""Providers of identities: who somebody is, as another house says (OpenID Connect Core), and when it is believed."""
