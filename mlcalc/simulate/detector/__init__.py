"""From the beam behind the patient to a logarithmic signal: scatter, blur, noise, saturation."""
