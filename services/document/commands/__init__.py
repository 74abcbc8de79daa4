"""What people and machines may ask of document, and how each is decided."""

from services.document.commands.corrections import request_correction
from services.document.commands.files import register_file
from services.document.commands.parcels import recount_parcel, register_parcel

DECISIONS = [register_file, register_parcel, recount_parcel, request_correction]
