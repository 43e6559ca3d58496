"""The private data of the simulated customers: made up, and easy to recognise in any output.

Every payment body carries all of it, as the real API does, so that a test can prove that none leaks.
"""

from typing import Final

CARD_LAST4: Final = "4Q2Z"
CARD_ISIN: Final = "4PRVBN"
CARD_HOLDER: Final = "Privata Holderson"
CARD_FINGERPRINT: Final = "fpr_private_0d1e"
CUSTOMER_NAME: Final = "Privata Namesworth"
CUSTOMER_EMAIL: Final = "privata@customer.example"
CUSTOMER_PHONE: Final = "555PRIV019"
BILLING_LINE: Final = "1 Privata Billing Lane"
BILLING_ZIP: Final = "PRV-B1LL"
BILLING_EMAIL: Final = "billing.privata@customer.example"
SHIPPING_LINE: Final = "2 Privata Shipping Street"
SHIPPING_ZIP: Final = "PRV-SH1P"
CLIENT_ONLY: Final = "secret_privata_c5"
CARD_STAND_IN: Final = "token_privata_t7"
SDK_AUTHORIZATION: Final = "sdk_privata_a9"
BROWSER_IP: Final = "203.0.113.77"
BROWSER_AGENT: Final = "PrivataBrowser/7.7"
WHOLE_CONNECTOR_RESPONSE: Final = '{"pan_of":"whole_privata"}'
RAW_CONNECTOR_RESPONSE: Final = '{"pan_of":"raw_privata"}'

PRIVATE_VALUES: Final[frozenset[str]] = frozenset(
    {
        CARD_LAST4,
        CARD_ISIN,
        CARD_HOLDER,
        CARD_FINGERPRINT,
        CUSTOMER_NAME,
        CUSTOMER_EMAIL,
        CUSTOMER_PHONE,
        BILLING_LINE,
        BILLING_ZIP,
        BILLING_EMAIL,
        SHIPPING_LINE,
        SHIPPING_ZIP,
        CLIENT_ONLY,
        CARD_STAND_IN,
        SDK_AUTHORIZATION,
        BROWSER_IP,
        BROWSER_AGENT,
        "whole_privata",
        "raw_privata",
    }
)
"""Search any log, screen, journal or traceback for these: each match is a leak."""
