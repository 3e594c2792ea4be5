using System.Text.RegularExpressions;

namespace Switchboard.Engine.Tests.Http;

/// <summary>Asks for pages and their files as a browser does that nobody has signed in with, and looks into what comes.</summary>
internal static partial class WebFiles
{
    public static Task<HttpResponseMessage> GetAsync(this ApiHost host, string address, params (string Name, string Value)[] headers) =>
        host.Anonymous().SendAsync(HttpMethod.Get, address, null, headers);

    /// <summary>A file in the form that it comes in to who takes these encodings.</summary>
    public static async Task<byte[]> BytesAsync(this ApiHost host, string address, string accepted)
    {
        using var answer = await host.GetAsync(address, ("Accept-Encoding", accepted));
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsByteArrayAsync();
    }

    public static async Task<byte[]> UnpackAsync(Stream packed)
    {
        var plain = new MemoryStream();
        await packed.CopyToAsync(plain);
        return plain.ToArray();
    }

    /// <summary>One directive of a content-security policy, with its name.</summary>
    public static string Directive(string policy, string name) =>
        policy.Split(';', StringSplitOptions.TrimEntries).Single(part => part.StartsWith(name, StringComparison.Ordinal));

    /// <summary>The files that a page names.</summary>
    public static IEnumerable<string> Named(string html) => Reference().Matches(html).Select(match => match.Groups[1].Value);

    public static bool HasInlineScript(string html) => InlineScript().IsMatch(html);

    [GeneratedRegex("""(?:src|href)="([^"]+\.[a-z]+)["?]""")]
    private static partial Regex Reference();

    [GeneratedRegex("<script[^>]*>[^<]")]
    private static partial Regex InlineScript();
}
