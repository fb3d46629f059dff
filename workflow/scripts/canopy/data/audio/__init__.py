"""Audio files: what is in them, what is wrong with them, their samples, and the fingerprint of these.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
