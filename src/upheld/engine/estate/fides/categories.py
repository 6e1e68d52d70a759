"""A data category of Fides becomes a leaf of ours, or nothing: a table to read, not a rule.

Keys are those of fideslang's default taxonomy, 3.x and the names that 3.2 replaced. A category that is left out says too much at once (`user`,
`user.financial`) or something that no leaf says; its column stays undetermined, with the category beside it. Source: the taxonomy as published.
"""

from __future__ import annotations

from collections.abc import Mapping

SYSTEM = ("system",)  # of the system, not of a person
FREE_TEXT = ("user.content.private", "user.content.public", "user.content")

LEAVES: Mapping[str, str] = {
    "user.account": "account-identifier",
    "user.account.settings": "preference",
    "user.account.username": "username",
    "user.authorization.credentials": "password",
    "user.authorization.password": "password",
    "user.authorization.biometric": "biometric",
    "user.authorization.biometrics": "biometric",
    "user.behavior": "behavioural",
    "user.behavior.browsing_history": "browser-history",
    "user.behavior.media_consumption": "service-consumption-behaviour",
    "user.behavior.purchase_history": "purchase",
    "user.behavior.search_history": "browsing-behaviour",
    "user.biometric": "biometric",
    "user.biometrics": "biometric",
    "user.biometric.fingerprint": "fingerprint",
    "user.biometrics.fingerprint": "fingerprint",
    "user.biometric.retinal": "retina",
    "user.biometrics.retinal": "retina",
    "user.contact.address": "physical-address",
    "user.contact.address.city": "physical-address",
    "user.contact.address.country": "physical-address",
    "user.contact.address.mailing_address": "physical-address",
    "user.contact.address.postal_code": "physical-address",
    "user.contact.address.state": "physical-address",
    "user.contact.address.street": "physical-address",
    "user.contact.email": "email-address",
    "user.contact.phone_number": "telephone-number",
    "user.content.self_image": "picture",
    "user.criminal_history": "criminal",
    "user.demographic": "demographic",
    "user.demographic.age_range": "age-range",
    "user.demographic.citizenship_or_immigration_status": "citizenship",
    "user.demographic.date_of_birth": "birth-date",
    "user.demographic.gender": "gender",
    "user.demographic.language": "language",
    "user.demographic.marital_status": "marital-status",
    "user.demographic.philosophical_belief": "philosophical-belief",
    "user.demographic.political_opinion": "political-opinion",
    "user.demographic.profile": "profile",
    "user.demographic.race_ethnicity": "ethnicity",
    "user.demographic.religious_belief": "religion",
    "user.demographic.sexual_orientation": "sexual-preference",
    "user.demographic.union_membership": "trade-union-membership",
    "user.device.cookie": "identifier",
    "user.device.cookie_id": "identifier",
    "user.device.device_id": "identifier",
    "user.device.ip_address": "ip-address",
    "user.financial.bank_account": "bank-account",
    "user.financial.credit_card": "payment-card-number",
    "user.government_id": "official-id",
    "user.government_id.drivers_license_number": "official-id",
    "user.government_id.national_identification_number": "official-id",
    "user.government_id.passport_number": "passport",
    "user.government_id.vehicle_registration": "vehical-license-registration",
    "user.health": "health",
    "user.health.genetic": "genetic",
    "user.health.prescriptions": "prescription",
    "user.health_and_medical": "health",
    "user.health_and_medical.genetic": "genetic",
    "user.job_title": "job",
    "user.location": "location",
    "user.location.coarse": "location",
    "user.location.imprecise": "location",
    "user.location.precise": "gps-coordinate",
    "user.name": "name",
    "user.name.first": "name",
    "user.name.last": "name",
    "user.privacy_preferences": "privacy-preference",
    "user.professional_information.job_title": "job",
    "user.professional_information.workplace": "current-employment",
    "user.settings": "preference",
    "user.social": "social",
    "user.social_activity": "social",
    "user.unique_id": "identifier",
    "user.unique_id.pseudonymous": "identifier",
    "user.workplace": "current-employment",
}


def role_of(categories: tuple[str, ...]) -> str:
    """What a column of these categories holds, as the estate file writes it; empty where that must be said by a person."""
    personal = [one for one in categories if one.split(".")[0] not in SYSTEM]
    if categories and not personal:
        return "{not-personal: '" + f"Fides: {', '.join(categories)}" + "'}"
    if personal and all(one in FREE_TEXT for one in personal):
        return "{free-text: review}"
    leaves = {LEAVES.get(one, "") for one in personal}
    return leaves.pop() if len(leaves) == 1 and leaves != {""} else ""
