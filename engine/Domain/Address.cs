namespace Switchboard.Domain;

/// <summary>The form <c>local@domain</c> that e-mail addresses and user principal names share.</summary>
public static class Address
{
    /// <summary>Trimmed and lower-case, so that one mailbox is one key whatever its capitals.</summary>
    public static string Canonical(string text) => text.Trim().ToLowerInvariant();

    /// <summary>
    /// Refuses only what no mail system would take: whether a mailbox exists is known when a message arrives. A blank one is
    /// the matter of the field's own mark.
    /// </summary>
    public static IEnumerable<FieldError> Check(string field, string? address)
    {
        if (string.IsNullOrWhiteSpace(address))
            yield break;
        var at = address.LastIndexOf('@');
        if (at < 1 || at == address.Length - 1 || address.Any(character => char.IsWhiteSpace(character) || char.IsControl(character)))
            yield return new FieldError(field, "invalid_address", $"'{address}' is not of the form name@domain.");
    }
}
