"""The six services, the observer, and the chassis they stand on."""
