using System.IO.Compression;
using System.Net;

using FluentAssertions;

using Xunit;

namespace Switchboard.Engine.Tests.Http;

/// <summary>How the studio comes to a browser; tests/E2e shows what it does there.</summary>
[Collection(nameof(ApiHost))]
public sealed class StudioFilesTests(ApiHost host)
{
    [Theory]
    [InlineData("/")]
    [InlineData("/inbox")]
    [InlineData("/records/phone-numbers?status=foc_received&sort=-createdAt")]
    [InlineData("/artefacts/decision/lead-scoring/review")]
    [InlineData("/no/such/view")]
    public async Task Every_view_has_an_address_and_a_page_that_may_not_do_more_than_it_must(string address)
    {
        using var answer = await host.GetAsync(address, ("Accept", "text/html"));

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.Should().Be("text/html");
        answer.Headers.CacheControl!.NoCache.Should().BeTrue("another version of it may be there the next time");
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        policy.Should().Contain("default-src 'none'").And.Contain("connect-src 'self'").And.Contain("frame-ancestors 'none'").And.Contain("object-src 'none'");
        WebFiles.Directive(policy, "script-src").Should().Be("script-src 'self'");
        policy.Should().NotContainAny("http:", "https:", "*");
        answer.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
    }

    [Fact]
    public async Task The_page_names_only_files_that_are_there_and_no_other_host()
    {
        var html = await PageAsync();
        var named = WebFiles.Named(html).ToList();

        html.Should().NotContain("://");
        WebFiles.HasInlineScript(html).Should().BeFalse("the policy would stop it");
        named.Should().Contain(name => name.EndsWith(".js", StringComparison.Ordinal)).And.Contain(name => name.EndsWith(".css", StringComparison.Ordinal));
        foreach (var name in named)
        {
            using var file = await host.GetAsync(name);
            file.StatusCode.Should().Be(HttpStatusCode.OK, "{0} is there", name);
        }
    }

    [Fact]
    public async Task A_script_comes_in_the_smallest_form_that_the_client_takes_and_is_never_asked_for_again()
    {
        var script = await ScriptAsync();
        var plain = await host.BytesAsync(script, "identity");
        var (brotli, gzip) = (await host.BytesAsync(script, "gzip, br"), await host.BytesAsync(script, "gzip"));
        using var named = await host.GetAsync(script, ("Accept-Encoding", "br"));
        using var again = await host.GetAsync(script, ("Accept-Encoding", "br"), ("If-None-Match", named.Headers.ETag!.ToString()));

        brotli.Length.Should().BeLessThan(gzip.Length);
        gzip.Length.Should().BeLessThan(plain.Length);
        (await WebFiles.UnpackAsync(new BrotliStream(new MemoryStream(brotli), CompressionMode.Decompress))).Should().Equal(plain);
        (await WebFiles.UnpackAsync(new GZipStream(new MemoryStream(gzip), CompressionMode.Decompress))).Should().Equal(plain);
        named.Headers.CacheControl!.ToString().Should().Contain("immutable", "its name says which content it is").And.Contain("max-age=31536000");
        named.Headers.Vary.Should().Contain("Accept-Encoding");
        named.Content.Headers.ContentType!.MediaType.Should().Be("text/javascript");
        again.StatusCode.Should().Be(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task A_page_that_has_not_changed_is_not_sent_again()
    {
        using var first = await host.GetAsync("/inbox", ("Accept", "text/html"));
        using var again = await host.GetAsync("/inbox", ("Accept", "text/html"), ("If-None-Match", first.Headers.ETag!.ToString()));

        again.StatusCode.Should().Be(HttpStatusCode.NotModified);
        (await again.Content.ReadAsByteArrayAsync()).Should().BeEmpty();
    }

    [Theory]
    [InlineData("/assets/nothing.js", "*/*")]
    [InlineData("/package.json", "*/*")]
    [InlineData("/%2e%2e/package.json", "*/*")]
    [InlineData("/assets/..%2f..%2fpackage.json", "*/*")]
    [InlineData("/api/nothing", "text/html")]
    [InlineData("/hubs/nothing", "text/html")]
    [InlineData("/elsa/nothing", "text/html")]
    public async Task Nothing_else_is_there_and_what_belongs_to_others_is_no_page(string address, string accepted)
    {
        using var answer = await host.GetAsync(address, ("Accept", accepted));

        answer.StatusCode.Should().BeOneOf(HttpStatusCode.NotFound, HttpStatusCode.Unauthorized);
        answer.Content.Headers.ContentType?.MediaType.Should().NotBe("text/html");
    }

    [Fact]
    public async Task It_can_only_be_read()
    {
        using var written = await host.Anonymous().SendAsync(HttpMethod.Post, "/inbox");
        using var head = await host.Anonymous().SendAsync(HttpMethod.Head, await ScriptAsync());

        written.IsSuccessStatusCode.Should().BeFalse();
        head.StatusCode.Should().Be(HttpStatusCode.OK);
        head.Content.Headers.ContentLength.Should().BePositive();
    }

    private async Task<string> PageAsync()
    {
        using var page = await host.GetAsync("/", ("Accept", "text/html"));
        return await page.Content.ReadAsStringAsync();
    }

    private async Task<string> ScriptAsync() =>
        WebFiles.Named(await PageAsync()).First(name => name.StartsWith("/assets/", StringComparison.Ordinal) && name.EndsWith(".js", StringComparison.Ordinal));
}
