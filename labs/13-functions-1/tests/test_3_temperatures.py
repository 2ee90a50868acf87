import cost_calculator
import pytest

from labkit.checks import call, call_raises


@pytest.mark.parametrize(
    ("celsius", "fahrenheit"),
    [(100, 212.0), (0, 32.0), (-40, -40.0), (37.5, 99.5), (21.25, 70.25), (0.001, 32.0018)],
)
def test_both_ways(celsius, fahrenheit):
    """Known pairs are converted both ways, and not rounded."""
    there = call(cost_calculator.to_fahrenheit, celsius)
    there.expect(there.value, f"{celsius} degrees Celsius in Fahrenheit").close_to(fahrenheit, 1e-9)
    back = call(cost_calculator.to_celsius, fahrenheit)
    back.expect(back.value, f"{fahrenheit} degrees Fahrenheit in Celsius").close_to(celsius, 1e-9)


@pytest.mark.parametrize("celsius", [-273.14, -17.3, 0.1, 20.456, 1234.5678])
def test_round_trip(celsius):
    """There and back again gives the same temperature, within a billionth."""
    there = call(cost_calculator.to_fahrenheit, celsius).value
    back = call(cost_calculator.to_celsius, there)
    back.expect(back.value, f"{celsius} degrees Celsius, there and back").close_to(celsius, 1e-9)


@pytest.mark.parametrize("celsius", [-273.16, -1000])
def test_below_absolute_zero_in_celsius(celsius):
    """Less than -273.15 degrees Celsius raise ValueError."""
    call_raises(ValueError, cost_calculator.to_fahrenheit, celsius)


@pytest.mark.parametrize("fahrenheit", [-459.68, -1000])
def test_below_absolute_zero_in_fahrenheit(fahrenheit):
    """Less than -459.67 degrees Fahrenheit raise ValueError."""
    call_raises(ValueError, cost_calculator.to_celsius, fahrenheit)


def test_absolute_zero_itself():
    """Absolute zero itself is a temperature."""
    there = call(cost_calculator.to_fahrenheit, -273.15)
    there.expect(there.value, "absolute zero in Fahrenheit").close_to(-459.67, 1e-9)
    back = call(cost_calculator.to_celsius, -459.67)
    back.expect(back.value, "absolute zero in Celsius").close_to(-273.15, 1e-9)


def test_none():
    """None is no temperature: TypeError."""
    call_raises(TypeError, cost_calculator.to_fahrenheit, None)
    call_raises(TypeError, cost_calculator.to_celsius, None)
