using System.Globalization;
using System.Text;

namespace Switchboard.Domain.Porting;

/// <summary>A telephone number as people and systems write it, brought to E.164.</summary>
public static class TelephoneNumber
{
    public const string InvalidCode = "invalid_number";

    /// <summary>
    /// Accepts the international form (<c>+</c> and 8 to 15 digits, ITU-T E.164 §6) and ten North American digits whose area
    /// code and exchange begin with 2 to 9, with or without a leading 1. Separators and a <c>tel:</c> prefix are dropped.
    /// </summary>
    /// <returns>The number as <c>+</c> and digits; null when it is none.</returns>
    public static string? ToE164(string text)
    {
        var written = text.AsSpan().Trim();
        if (written.StartsWith("tel:", StringComparison.OrdinalIgnoreCase))
            written = written[4..];
        var digits = new StringBuilder(written.Length);
        foreach (var character in written)
        {
            if (char.IsAsciiDigit(character) || (character == '+' && digits.Length == 0))
                digits.Append(character);
            else if (!IsSeparator(character))
                return null;
        }
        if (digits.Length == 0)
            return null;
        if (digits[0] == '+')
            return digits.Length is >= 9 and <= 16 ? digits.ToString() : null;
        if (digits.Length == 11 && digits[0] == '1')
            digits.Remove(0, 1);
        return digits.Length == 10 && digits[0] >= '2' && digits[3] >= '2' ? $"+1{digits}" : null;
    }

    /// <summary>Rewrites a field in place; leaves what is blank alone, because being blank is another rule's matter.</summary>
    internal static FieldError? Normalise(string field, ref string? value)
    {
        if (string.IsNullOrWhiteSpace(value))
            return null;
        if (ToE164(value) is not { } number)
            return new FieldError(field, InvalidCode, $"'{value}' is no telephone number: write it as + and 8 to 15 digits, or as ten North American digits.");
        value = number;
        return null;
    }

    private static bool IsSeparator(char character) =>
        character is '-' or '.' or '(' or ')' or '/' or '\t' or '\u2212'
        || char.GetUnicodeCategory(character) is UnicodeCategory.SpaceSeparator or UnicodeCategory.DashPunctuation
            or UnicodeCategory.Format; // spreadsheets paste numbers wrapped in invisible direction marks
}
