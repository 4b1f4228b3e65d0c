"""From the bytes of a received mail to a `Message`, and what kind of mail it is."""
