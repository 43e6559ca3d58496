"""Bodies: a payment and a refund as Hyperswitch writes them in its answers and webhooks.

All of it is there, the private data too, as on the real server: whoever reads it must keep it to himself.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from reconcile_tui.demo.psp import privates
from reconcile_tui.demo.psp.entries import Dispute, PaymentEntry, RefundEntry

Body = dict[str, object]


def payment_body(
    entry: PaymentEntry,
    *,
    merchant_id: str,
    profile_id: str,
    refunds: Sequence[RefundEntry] = (),
    attempts: bool = False,
) -> Body:
    """The PaymentsResponse of what Hyperswitch knows.

    Args:
        refunds: those that the payment shows at this moment.
        attempts: whether `attempts` was asked for.
    """
    it, known = entry.constants, entry.known
    chosen = known.status not in _BEFORE_A_METHOD
    shown = [refund_body(refund, profile_id=profile_id) for refund in refunds]
    returned = sum(refund.constants.amount for refund in refunds if refund.known.status == "succeeded")
    return {
        **_NULLS,
        "payment_id": it.payment_id,
        "merchant_id": merchant_id,
        "processor_merchant_id": merchant_id,
        "profile_id": profile_id,
        "status": known.status,
        "amount": it.amount,
        "net_amount": it.net_amount,
        "amount_capturable": known.amount_capturable,
        "amount_received": known.amount_received,
        "currency": it.currency,
        "connector": it.connector if chosen else None,
        "connector_transaction_id": it.connector_transaction_id if chosen else None,
        "connector_label": f"{it.connector}_default" if chosen else None,
        "merchant_connector_id": f"mca_{it.connector}" if chosen else None,
        "reference_id": it.connector_transaction_id if chosen else None,
        "state_metadata": {"total_refunded_amount": returned} if returned else None,
        "created": _zulu(entry.created),
        "modified_at": _zulu(entry.known_since),
        "updated": _bare(entry.known_since),
        "expires_on": _zulu(entry.created + _LIFETIME),
        "capture_method": it.capture_method,
        "capture_before": _zulu(entry.created + _HOLD) if known.status == "requires_capture" else None,
        "payment_method": "card" if chosen else None,
        "payment_method_type": "credit" if chosen else None,
        "payment_method_data": _CARD if chosen else None,
        "attempt_count": it.attempt_count,
        "attempts": _attempts(entry) if attempts else None,
        "refunds": shown or None,
        "disputes": [_dispute(dispute) for dispute in entry.disputes.values()] or None,
        "error_code": known.error_code,
        "error_message": known.error_message,
        "unified_code": "UE_9000" if known.error_code else None,
        "unified_message": "Something went wrong" if known.error_code else None,
        "cancellation_reason": known.cancellation_reason,
        "merchant_decision": "pending" if known.status == "requires_merchant_action" else None,
        "next_action": _REDIRECT if known.status == "requires_customer_action" else None,
        "manual_retry_allowed": it.manual_retry_allowed,
        "metadata": it.metadata,
        "merchant_order_reference_id": it.merchant_order_reference_id,
        "description": f"Order of {it.customer_id}",
        "customer_id": it.customer_id,
        "customer": {**_CUSTOMER, "id": it.customer_id},
        "client_secret": f"{it.payment_id}_{privates.CLIENT_ONLY}",
        **_PRIVATE,
    }


def refund_body(entry: RefundEntry, *, profile_id: str) -> Body:
    """The RefundResponse of what Hyperswitch knows. Its times have no offset, and mean UTC."""
    it, known = entry.constants, entry.known
    return {
        "refund_id": it.refund_id,
        "payment_id": it.payment_id,
        "amount": it.amount,
        "currency": it.currency,
        "status": known.status,
        "reason": it.reason,
        "metadata": it.metadata,
        "error_message": known.error_message,
        "error_code": known.error_code,
        "unified_code": "UE_9000" if known.error_code else None,
        "unified_message": "Something went wrong" if known.error_code else None,
        "created_at": _bare(entry.created),
        "updated_at": _bare(entry.known_since),
        "connector": it.connector,
        "profile_id": profile_id,
        "merchant_connector_id": f"mca_{it.connector}",
        "split_refunds": None,
        "issuer_error_code": None,
        "issuer_error_message": None,
        "raw_connector_response": privates.RAW_CONNECTOR_RESPONSE,
        "connector_refund_id": it.connector_refund_id,
    }


def _dispute(dispute: Dispute) -> Body:
    return {
        "dispute_id": dispute.dispute_id,
        "amount": str(dispute.amount),
        "dispute_stage": "dispute",
        "dispute_status": dispute.status,
        "connector_status": dispute.status.removeprefix("dispute_"),
        "connector_dispute_id": f"bank_{dispute.dispute_id}",
        "connector_reason": "fraudulent",
        "connector_reason_code": None,
        "challenge_required_by": _zulu(dispute.opened + _HOLD),
        "connector_created_at": _zulu(dispute.opened),
        "connector_updated_at": None,
        "created_at": _zulu(dispute.opened),
    }


def _attempts(entry: PaymentEntry) -> list[Body]:
    """Newest first; all but the newest failed."""
    it, known = entry.constants, entry.known
    last: Body = {
        "status": _ATTEMPT_STATUS.get(known.status, "pending"),
        "error_code": known.error_code,
        "error_message": known.error_message,
    }
    lost: Body = {"status": "failure", "error_code": "card_declined", "error_message": "Declined"}
    return [
        {
            "attempt_id": f"{it.payment_id}_{number}",
            "amount": it.amount,
            "order_tax_amount": None,
            "currency": it.currency,
            "connector": it.connector,
            "payment_method": "card",
            "connector_transaction_id": it.connector_transaction_id,
            "capture_method": it.capture_method,
            "authentication_type": "three_ds",
            "created_at": _zulu(entry.created),
            "modified_at": _zulu(entry.known_since),
            "cancellation_reason": known.cancellation_reason,
            "mandate_id": None,
            "payment_token": privates.CARD_STAND_IN,
            "reference_id": it.connector_transaction_id,
            **(last if number == it.attempt_count else lost),
        }
        for number in range(it.attempt_count, 0, -1)
    ]


def _zulu(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _bare(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}"


_LIFETIME: Final = timedelta(minutes=15)
_HOLD: Final = timedelta(days=7)
_BEFORE_A_METHOD: Final = frozenset({"requires_payment_method"})

_ATTEMPT_STATUS: Final = {
    "succeeded": "charged",
    "failed": "failure",
    "cancelled": "voided",
    "cancelled_post_capture": "voided_post_charge",
    "expired": "expired",
    "requires_customer_action": "authentication_pending",
    "requires_merchant_action": "unresolved",
    "requires_payment_method": "payment_method_awaited",
    "requires_confirmation": "confirmation_awaited",
    "requires_capture": "authorized",
    "partially_captured": "partial_charged",
    "partially_captured_and_capturable": "partial_charged_and_chargeable",
    "partially_authorized_and_requires_capture": "partially_authorized",
    "conflicted": "integrity_failure",
    "review": "capture_review",
}

_REDIRECT: Final[Body] = {
    "type": "redirect_to_url",
    "redirect_to_url": "https://bank.example/3ds/challenge",
}

_BILLING: Final[Body] = {
    "address": {
        "city": "Exampleton",
        "country": "DE",
        "line1": privates.BILLING_LINE,
        "line2": None,
        "line3": None,
        "zip": privates.BILLING_ZIP,
        "state": None,
        "first_name": privates.CUSTOMER_NAME.split()[0],
        "last_name": privates.CUSTOMER_NAME.split()[1],
    },
    "phone": {"number": privates.CUSTOMER_PHONE, "country_code": "+49"},
    "email": privates.BILLING_EMAIL,
}

_SHIPPING: Final[Body] = {
    "address": {
        "city": "Exampleton",
        "country": "DE",
        "line1": privates.SHIPPING_LINE,
        "line2": None,
        "line3": None,
        "zip": privates.SHIPPING_ZIP,
        "state": None,
        "first_name": privates.CUSTOMER_NAME.split()[0],
        "last_name": privates.CUSTOMER_NAME.split()[1],
    },
    "phone": None,
    "email": None,
}

_CUSTOMER: Final[Body] = {
    "name": privates.CUSTOMER_NAME,
    "email": privates.CUSTOMER_EMAIL,
    "phone": privates.CUSTOMER_PHONE,
    "phone_country_code": "+1",
    "customer_document_details": None,
}

_CARD: Final[Body] = {
    "card": {
        "last4": privates.CARD_LAST4,
        "card_type": "CREDIT",
        "card_network": "Visa",
        "card_issuer": "Example Bank",
        "card_issuing_country": "GERMANY",
        "card_isin": privates.CARD_ISIN,
        "card_extended_bin": None,
        "card_exp_month": "03",
        "card_exp_year": "2030",
        "card_holder_name": privates.CARD_HOLDER,
        "payment_checks": None,
        "authentication_data": None,
        "auth_code": None,
    },
    "billing": _BILLING,
}

_PRIVATE: Final[Body] = {
    "email": privates.CUSTOMER_EMAIL,
    "name": privates.CUSTOMER_NAME,
    "phone": privates.CUSTOMER_PHONE,
    "billing": _BILLING,
    "shipping": _SHIPPING,
    "payment_token": privates.CARD_STAND_IN,
    "sdk_authorization": privates.SDK_AUTHORIZATION,
    "fingerprint": privates.CARD_FINGERPRINT,
    "browser_info": {
        "color_depth": 24,
        "java_enabled": True,
        "java_script_enabled": True,
        "language": "de-DE",
        "screen_height": 1080,
        "screen_width": 1920,
        "time_zone": -60,
        "ip_address": privates.BROWSER_IP,
        "user_agent": privates.BROWSER_AGENT,
    },
    "whole_connector_response": privates.WHOLE_CONNECTOR_RESPONSE,
}

_NULLS: Final[Body] = {
    "shipping_cost": None,
    "initiator": None,
    "connector_customer_id": None,
    "captures": None,
    "mandate_id": None,
    "mandate_data": None,
    "setup_future_usage": None,
    "off_session": None,
    "capture_on": None,
    "order_details": None,
    "return_url": "https://shop.example/return",
    "authentication_type": "three_ds",
    "statement_descriptor_name": None,
    "statement_descriptor_suffix": None,
    "payment_experience": None,
    "business_country": None,
    "business_label": "default",
    "business_sub_label": None,
    "allowed_payment_method_types": None,
    "frm_message": None,
    "connector_metadata": None,
    "connector_response_metadata": None,
    "feature_metadata": None,
    "payment_link": None,
    "surcharge_details": None,
    "applied_offer": None,
    "incremental_authorization_allowed": None,
    "authorization_count": None,
    "incremental_authorizations": None,
    "external_authentication_details": None,
    "external_3ds_authentication_attempted": False,
    "payment_channel": None,
    "payment_method_id": None,
    "network_transaction_id": None,
    "network_transaction_link_id": None,
    "payment_method_status": None,
    "split_payments": None,
    "frm_metadata": None,
    "extended_authorization_applied": None,
    "extended_authorization_last_applied_at": None,
    "request_extended_authorization": None,
    "order_tax_amount": None,
    "connector_mandate_id": None,
    "card_discovery": None,
    "force_3ds_challenge": False,
    "force_3ds_challenge_trigger": False,
    "issuer_error_code": None,
    "issuer_error_message": None,
    "is_iframe_redirection_enabled": None,
    "enable_partial_authorization": None,
    "enable_overcapture": None,
    "is_overcapture_enabled": None,
    "network_details": None,
    "is_stored_credential": None,
    "mit_category": None,
    "billing_descriptor": None,
    "tokenization": None,
    "partner_merchant_identifier_details": None,
    "payment_method_tokenization_details": None,
    "installment_options": None,
    "installment_data": None,
    "sender_payment_instrument_id": None,
    "error_details": None,
}
