using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Dmn.Tables;

/// <summary>Reads numbers for the index.</summary>
internal static class Decimals
{
    /// <summary>The number of a value; false for what is no number or has more digits than a decimal holds.</summary>
    public static bool TryGet(in FeelValue value, out decimal number)
    {
        if (value.IsShortNumber)
        {
            number = value.AsNumber();
            return true;
        }
        number = 0;
        return false;
    }

    /// <summary>The number as an int; false where it has decimals written or is too large.</summary>
    public static bool TryGetInt(decimal number, out int integer)
    {
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(number, parts);
        integer = parts[3] < 0 ? -parts[0] : parts[0];
        return parts[1] == 0 && parts[2] == 0 && parts[0] >= 0 && (parts[3] & 0x00FF0000) == 0;
    }
}
