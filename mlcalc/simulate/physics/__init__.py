"""X-ray spectra, materials and what is left of a beam behind them."""
