"""The parts of capacity_forecast.py: read days from Prometheus, fit a robust trend, simulate what may follow, say when a limit is reached.

resources.py   what is measured, with which query, against which limit
prometheus.py  the HTTP API
days.py        hourly samples become one value a day; too little is refused
trend.py       slope, weekly season and level shifts, by medians
noise.py       what is left: spikes, and how long a deviation lasts
paths.py       the simulated futures, from which every interval comes
forecast.py    the verdict on one resource
tables.py, plot.py   what is shown
synthetic.py, backtest.py   series whose future is known, and how often the intervals hold it
"""
