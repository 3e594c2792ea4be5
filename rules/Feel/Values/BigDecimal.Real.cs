using System.Numerics;

namespace Switchboard.Rules.Feel.Values;

// Functions whose results have no last digit. They come from a double's 15 digits, but for the whole range of exponents.
public sealed partial record BigDecimal
{
    // 10^300 and its inverse are well inside what a double holds in full.
    private const double DoubleMost = 1e300;
    private static readonly BigDecimal Ln10 = Parse("2.302585092994045684017991454684364")!;

    /// <summary>The square root, to 34 digits; null of a negative number.</summary>
    public BigDecimal? Sqrt()
    {
        if (Mantissa.Sign <= 0)
            return Mantissa.IsZero ? this : null;
        // Half of an even exponent is whole; the rest, of at most 35 digits, gets as many more that its root has more than 34.
        const int Guard = Precision + 4;
        var square = (Exponent % 2 == 0 ? Mantissa : Mantissa * 10) * BigInteger.Pow(Ten, 2 * Guard);
        var half = (long)Math.Floor(Exponent / 2.0) - Guard;
        // Newton's method, from above and so down to the whole part of the root.
        var root = BigInteger.One << (int)((square.GetBitLength() + 1) / 2);
        while ((root + (square / root)) >> 1 is var lower && lower < root)
            root = lower;
        // A digit for what is left over keeps a tie from being seen where there is none.
        return Of((root * Ten) + (root * root == square ? 0 : 1), half - 1);
    }

    /// <summary>The natural logarithm; null of zero and less.</summary>
    public double? Log()
    {
        if (Mantissa.Sign <= 0)
            return null;
        var value = ToDouble();
        if (Math.Abs(value - 1) < 0.001)
        {
            // As a double it would have lost what makes it differ from 1: 2 artanh((x - 1) / (x + 1)).
            var ratio = Add(this, Of(-1m))!.ToDouble() / (value + 1);
            var square = ratio * ratio;
            return 2 * ratio * (1 + (square / 3) + (square * square / 5) + (square * square * square / 7));
        }
        return value is > 1 / DoubleMost and < DoubleMost
            ? Math.Log(value)
            : BigInteger.Log(Mantissa) + (Exponent * Ln10.ToDouble());
    }

    /// <summary>e to the power of it; null beyond the range, zero below.</summary>
    public BigDecimal? Exp()
    {
        var value = ToDouble();
        if (Math.Abs(value) < 690)
            return Of(Math.Exp(value));
        if (value > 15_000)
            return null;
        if (value < -15_000)
            return Of(0m);
        var tens = (int)Math.Floor(value / Ln10.ToDouble());
        var rest = Add(this, Multiply(Of((decimal)-tens), Ln10)!)!;
        var power = Of(Math.Exp(rest.ToDouble()))!;
        return Of(power.Mantissa, power.Exponent + (long)tens);
    }

    /// <summary>It to a power that need not be whole; null of a negative number, and beyond the range.</summary>
    public BigDecimal? Power(BigDecimal power)
    {
        var (number, exponent) = (ToDouble(), power.ToDouble());
        var isPlain = Math.Abs(number) is > 1 / DoubleMost and < DoubleMost && Math.Abs(number - 1) >= 0.001;
        var plain = Math.Pow(number, exponent);
        if (Mantissa.Sign <= 0 || (isPlain && Math.Abs(plain) is > 1 / DoubleMost and < DoubleMost))
            return Of(plain);
        return Log() is { } logarithm ? Of(exponent * logarithm)?.Exp() : null;
    }
}
