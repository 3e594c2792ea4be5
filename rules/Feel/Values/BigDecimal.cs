using System.Globalization;
using System.Numerics;

namespace Switchboard.Rules.Feel.Values;

/// <summary>
/// A number of up to 34 decimal digits, rounded half to even, with exponents as of IEEE 754 decimal128 (DMN 1.5 §10.3.2.3.1).
/// What <see cref="decimal"/> holds exactly is never held in one of these.
/// </summary>
/// <param name="Mantissa">Its digits, without trailing zeros.</param>
/// <param name="Exponent">The power of ten that they are multiplied by.</param>
public sealed partial record BigDecimal(BigInteger Mantissa, int Exponent)
{
    /// <summary>How many digits are kept.</summary>
    public const int Precision = 34;

    private const int MaxExponent = 6144;
    private const int MinExponent = -6176;
    private static readonly BigInteger Ten = 10;
    private static readonly BigInteger DecimalMax = new(decimal.MaxValue);

    /// <summary>The number, rounded to 34 digits; null if it is too large, zero if it is too small.</summary>
    public static BigDecimal? Of(BigInteger mantissa, long exponent)
    {
        if (mantissa.IsZero)
            return new BigDecimal(BigInteger.Zero, 0);
        var digits = Digits(mantissa);
        if (digits > Precision)
        {
            mantissa = DivideHalfEven(mantissa, BigInteger.Pow(Ten, digits - Precision));
            exponent += digits - Precision;
        }
        while (BigInteger.DivRem(mantissa, Ten, out var rest) is var shorter && rest.IsZero)
        {
            mantissa = shorter;
            exponent++;
        }
        var adjusted = exponent + Digits(mantissa) - 1;
        if (adjusted > MaxExponent)
            return null;
        return adjusted < MinExponent ? new BigDecimal(BigInteger.Zero, 0) : new BigDecimal(mantissa, (int)exponent);
    }

    /// <summary>The number that a decimal is.</summary>
    public static BigDecimal Of(decimal value)
    {
        var bits = decimal.GetBits(value);
        var mantissa = (new BigInteger((uint)bits[2]) << 64) + (new BigInteger((uint)bits[1]) << 32) + (uint)bits[0];
        return Of(value < 0 ? -mantissa : mantissa, -value.Scale)!;
    }

    /// <summary>The nearest number; null if it is none.</summary>
    public static BigDecimal? Of(double value) => double.IsFinite(value) ? Parse(value.ToString("R", CultureInfo.InvariantCulture)) : null;

    /// <summary>Digits with an optional sign, fraction and exponent; null if it is none, or too large.</summary>
    public static BigDecimal? Parse(string text)
    {
        var exponentAt = text.IndexOfAny(['e', 'E']);
        var exponent = 0L;
        var body = text;
        if (exponentAt >= 0)
        {
            if (!long.TryParse(text.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent) || Math.Abs(exponent) > 1_000_000)
                return null;
            body = text[..exponentAt];
        }
        var point = body.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0)
        {
            exponent -= body.Length - point - 1;
            body = body.Remove(point, 1);
        }
        // Longer than any number that is kept: its tail cannot count, but its length would cost.
        return body.Length <= 20_000 && BigInteger.TryParse(body, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var mantissa) ? Of(mantissa, exponent) : null;
    }

    /// <summary>The sum.</summary>
    public static BigDecimal? Add(BigDecimal left, BigDecimal right)
    {
        if (left.Mantissa.IsZero)
            return right;
        if (right.Mantissa.IsZero)
            return left;
        var (high, low) = left.Exponent >= right.Exponent ? (left, right) : (right, left);
        // So far apart that the smaller one cannot change a digit.
        if (high.Exponent - (long)low.Exponent > (2 * Precision) + Digits(low.Mantissa))
            return high;
        return Of((high.Mantissa * BigInteger.Pow(Ten, high.Exponent - low.Exponent)) + low.Mantissa, low.Exponent);
    }

    /// <summary>The product.</summary>
    public static BigDecimal? Multiply(BigDecimal left, BigDecimal right) => Of(left.Mantissa * right.Mantissa, (long)left.Exponent + right.Exponent);

    /// <summary>The quotient; null over zero.</summary>
    public static BigDecimal? Divide(BigDecimal left, BigDecimal right)
    {
        if (right.Mantissa.IsZero)
            return null;
        const int Guard = (2 * Precision) + 4;
        var scaled = BigInteger.DivRem(left.Mantissa * BigInteger.Pow(Ten, Guard), right.Mantissa, out var rest);
        // A digit for what is left over keeps a tie from being seen where there is none.
        scaled = (scaled * Ten) + (rest.IsZero ? 0 : scaled.Sign == 0 ? left.Mantissa.Sign * right.Mantissa.Sign : scaled.Sign);
        return Of(scaled, (long)left.Exponent - right.Exponent - Guard - 1);
    }

    /// <summary>The negative.</summary>
    public BigDecimal Negate() => this with { Mantissa = -Mantissa };

    /// <summary>Rounded to so many decimal places, which may be negative.</summary>
    public BigDecimal? Round(int scale, MidpointMode mode)
    {
        if (-(long)Exponent <= scale)
            return this;
        var drop = -(long)Exponent - scale;
        // One digit further than the number reaches decides like any number of further ones.
        var divisor = BigInteger.Pow(Ten, (int)Math.Min(drop, Digits(Mantissa) + 1));
        var quotient = BigInteger.DivRem(Mantissa, divisor, out var rest);
        if (!rest.IsZero && RoundsAway(quotient, rest, divisor, mode))
            quotient += Mantissa.Sign;
        return Of(quotient, -(long)scale);
    }

    /// <summary>The value as a decimal where that is exact.</summary>
    public bool TryToDecimal(out decimal value)
    {
        value = 0;
        if (Exponent < -28 || Exponent > 28)
            return Mantissa.IsZero;
        if (Exponent >= 0)
        {
            var whole = Mantissa * BigInteger.Pow(Ten, Exponent);
            if (BigInteger.Abs(whole) > DecimalMax)
                return false;
            value = (decimal)whole;
            return true;
        }
        if (BigInteger.Abs(Mantissa) > DecimalMax)
            return false;
        var size = BigInteger.Abs(Mantissa);
        value = new decimal((int)(uint)(size & uint.MaxValue), (int)(uint)((size >> 32) & uint.MaxValue), (int)(uint)((size >> 64) & uint.MaxValue), Mantissa.Sign < 0, (byte)-Exponent);
        return true;
    }

    /// <summary>The nearest double.</summary>
    public double ToDouble() => double.Parse($"{Mantissa}E{Exponent}", NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>Whether it has no fraction.</summary>
    public bool IsInteger => Exponent >= 0;

    /// <summary>Below 0, 0 or above, as it is less than, equal to or greater than the other.</summary>
    public int CompareTo(BigDecimal? other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Mantissa.Sign != other.Mantissa.Sign || Mantissa.IsZero)
            return Mantissa.Sign.CompareTo(other.Mantissa.Sign);
        var (size, otherSize) = (Exponent + (long)Digits(Mantissa), other.Exponent + (long)Digits(other.Mantissa));
        if (size != otherSize)
            return size.CompareTo(otherSize) * Mantissa.Sign;
        var least = Math.Min(Exponent, other.Exponent);
        return (Mantissa * BigInteger.Pow(Ten, Exponent - least)).CompareTo(other.Mantissa * BigInteger.Pow(Ten, other.Exponent - least));
    }

    /// <summary>Digits without an exponent.</summary>
    public override string ToString()
    {
        var digits = BigInteger.Abs(Mantissa).ToString(CultureInfo.InvariantCulture);
        var sign = Mantissa.Sign < 0 ? "-" : "";
        if (Exponent >= 0)
            return Mantissa.IsZero ? "0" : sign + digits + new string('0', Exponent);
        var point = digits.Length + Exponent;
        return point > 0 ? $"{sign}{digits[..point]}.{digits[point..]}" : $"{sign}0.{new string('0', -point)}{digits}";
    }

    private static int Digits(BigInteger value)
    {
        var size = BigInteger.Abs(value);
        var digits = (int)Math.Floor(BigInteger.Log10(size.IsZero ? BigInteger.One : size)) + 1;
        // The logarithm is a double: near a power of ten it may be one off.
        if (BigInteger.Pow(Ten, digits) <= size)
            return digits + 1;
        return digits > 1 && BigInteger.Pow(Ten, digits - 1) > size ? digits - 1 : digits;
    }

    private static BigInteger DivideHalfEven(BigInteger value, BigInteger divisor)
    {
        var quotient = BigInteger.DivRem(value, divisor, out var rest);
        return RoundsAway(quotient, rest, divisor, MidpointMode.HalfEven) ? quotient + value.Sign : quotient;
    }

    private static bool RoundsAway(BigInteger quotient, BigInteger rest, BigInteger divisor, MidpointMode mode)
    {
        var half = (BigInteger.Abs(rest) * 2).CompareTo(divisor);
        return mode switch
        {
            MidpointMode.Up => true,
            MidpointMode.Down => false,
            MidpointMode.HalfUp => half >= 0,
            MidpointMode.HalfDown => half > 0,
            MidpointMode.Floor => rest.Sign < 0,
            MidpointMode.Ceiling => rest.Sign > 0,
            _ => half > 0 || (half == 0 && !quotient.IsEven),
        };
    }
}

/// <summary>How a number is rounded.</summary>
public enum MidpointMode
{
    /// <summary>To the nearest, a half to the even neighbour.</summary>
    HalfEven,

    /// <summary>Away from zero.</summary>
    Up,

    /// <summary>Towards zero.</summary>
    Down,

    /// <summary>To the nearest, a half away from zero.</summary>
    HalfUp,

    /// <summary>To the nearest, a half towards zero.</summary>
    HalfDown,

    /// <summary>Towards negative infinity.</summary>
    Floor,

    /// <summary>Towards positive infinity.</summary>
    Ceiling,
}
