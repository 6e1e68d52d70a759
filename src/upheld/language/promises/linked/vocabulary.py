"""What each word of ours is called in the W3C Data Privacy Vocabulary 2.3, as tables.

A word that stands in no table is emitted under our own namespace: DPV has nothing that means the same, and a near miss would
say more or less than the notice. Rights of other laws than the GDPR have no term there. Terms are checked against DPV's own lists
by the tests. Source: https://w3id.org/dpv/2.3 (release of February 2026).
"""

from __future__ import annotations

NAMESPACES = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "loc": "https://w3id.org/dpv/loc#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "justifications": "https://w3id.org/dpv/justifications#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "upheld": "https://upheld.example.test/terms#",
}

MODALITY = {"may": "dpv:Permission", "will": "dpv:Obligation", "never": "dpv:Prohibition"}
HAS_RULE = {"may": "dpv:hasPermission", "will": "dpv:hasObligation", "never": "dpv:hasProhibition"}

PROCESSING = {
    "collect": ("dpv:Collect",),
    "use": ("dpv:Use",),
    "disclose": ("dpv:Disclose",),
    "message": ("dpv:Use",),
    "publish": ("dpv:Disclose", "dpv:Anonymise"),
    "place": ("dpv:Store",),
    "retain": ("dpv:Store",),
}
# `locate` says by `act` what is done in the place.
ACTS = {
    "collection": "dpv:Collect",
    "storage": "dpv:Store",
    "processing": "dpv:Use",
    "access": "dpv:Access",
    "disclosure": "dpv:CrossBorderTransfer",
}
ENDINGS = {"erase": "dpv:Erase", "anonymise": "dpv:Anonymise"}

BASES = {
    "consent": "dpv:Consent",
    "implied-consent": "dpv:ImpliedConsent",
    "contract": "dpv:Contract",
    "legal-obligation": "dpv:LegalObligation",
    "vital-interests": "dpv:VitalInterest",
    "public-task": "dpv:PublicInterest",
    "legitimate-interests": "dpv:LegitimateInterest",
}
ROLES = {
    "controller": "dpv:DataController",
    "joint": "dpv:JointDataControllers",
    "processor": "dpv:DataProcessor",
    "recipient": "dpv:Recipient",
}
PARTIES = {
    "subject": "dpv:DataSubject",
    "customers": "dpv:Customer",
    "visitors": "dpv:Visitor",
    "guardian": "dpv:GuardianOfDataSubject",
    "authorities": "dpv:Authority",
    "processors": "dpv:DataProcessor",
    "recipients": "dpv:Recipient",
    "third-parties": "dpv:ThirdParty",
}
SOURCES = {"subject": "dpv:DataSubjectDataSource", "public": "dpv:PublicDataSource"}
RIGHTS = {
    "information": ("eu-gdpr:A13", "eu-gdpr:A14"),
    "confirm": ("eu-gdpr:A15",),
    "access": ("eu-gdpr:A15",),
    "rectification": ("eu-gdpr:A16",),
    "erasure": ("eu-gdpr:A17",),
    "restriction": ("eu-gdpr:A18",),
    "portability": ("eu-gdpr:A20",),
    "objection": ("eu-gdpr:A21",),
    "objection-direct-marketing": ("eu-gdpr:A21",),
    "automated-decision": ("eu-gdpr:A22",),
    "complaint": ("eu-gdpr:A77",),
}
# DPV's rights are the GDPR's; those of the United Kingdom's version bear its numbers too, but are another law.
RIGHTS_OF = "eu-gdpr"
JURISDICTIONS = {
    "eu-gdpr": "loc:EU",
    "uk-gdpr-pecr": "loc:GB",
    "us-ca-ccpa": "loc:US-CA",
    "us-can-spam": "loc:US",
    "us-coppa": "loc:US",
    "us-state-generic": "loc:US",
    "ca-pipeda": "loc:CA",
    "ca-casl": "loc:CA",
    "ca-qc-law25": "loc:CA-QC",
    "za-popia": "loc:ZA",
    "br-lgpd": "loc:BR",
}
CONTROLS = {"consent": ("dpv:ProvideConsent", "dpv:WithdrawConsent"), "objection": ("dpv:ObjectingToProcess",)}
NOTICES = {"breach": "dpv:DataBreachNotice", "answer": "dpv:RightFulfilmentNotice", "refusal": "dpv:RightNonFulfilmentNotice"}
TECHNICAL = {
    "tls": "dpv:EncryptionInTransfer",
    "encryption-at-rest": "dpv:EncryptionAtRest",
    "role-access": "dpv:AccessControlMethod",
    "password-sign-in": "dpv:PasswordAuthentication",
    "file-permissions": "dpv:FileSystemSecurity",
    "monitoring": "dpv:ActivityMonitoring",
}
GROUNDS = {
    "legal-obligation": "justifications:LegalObligation",
    "required-by-law": "justifications:LegalObligation",
    "consent": "justifications:ConsentProvided",
}
# Keys whose meaning a property of DPV has; every other key is ours.
PROPERTIES = {
    "for": "dpv:hasPurpose",
    "from": "dpv:hasDataSource",
    "of": "dpv:hasDataSubject",
    "in": "dpv:hasLocation",
    "basis": "dpv:hasLegalBasis",
    "ground": "dpv:hasJustification",
    "regime": "dpv:hasJurisdiction",
}
# `to` names recipients where data goes out; elsewhere it is who is told, written to, or may ask.
RECIPIENT_VERBS = frozenset({"disclose", "publish"})
