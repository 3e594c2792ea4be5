using System.Text.RegularExpressions;

namespace Switchboard.Domain;

internal static partial class LanguageTag
{
    /// <summary>The shape of BCP 47, not its registry: which languages can be spoken is known to those who speak them.</summary>
    public static IEnumerable<FieldError> Check(string field, string? tag)
    {
        if (tag is not null && !Shape().IsMatch(tag))
            yield return new FieldError(field, "invalid_language", $"'{tag}' is no language tag such as en-US.");
    }

    [GeneratedRegex("^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();
}
