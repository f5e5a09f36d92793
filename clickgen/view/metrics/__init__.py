"""The figures of a run for whoever collects metrics: Prometheus reads them, an OTLP collector is sent them."""
