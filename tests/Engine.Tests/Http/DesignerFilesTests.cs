using System.IO.Compression;
using System.Net;
using System.Text.RegularExpressions;

using FluentAssertions;

using Xunit;

namespace Switchboard.Engine.Tests.Http;

/// <summary>How the files of the designer come to a browser; tests/E2e shows what it does with them.</summary>
[Collection(nameof(ApiHost))]
public sealed partial class DesignerFilesTests(ApiHost host)
{
    private const string Boot = "/designer/_framework/dotnet.js";

    [Theory]
    [InlineData("/designer/")]
    [InlineData("/designer/definitions")]
    [InlineData("/designer/definitions/number-porting")]
    [InlineData("/designer/definitions/a.b")]
    [InlineData("/designer/instances")]
    [InlineData("/designer/instances/01a21587-84d4-7f41-8ec9-2a63bce670ef")]
    public async Task Every_view_has_an_address_and_a_page_that_may_not_do_more_than_it_must(string address)
    {
        using var answer = await host.GetAsync(address);

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.Should().Be("text/html");
        answer.Headers.CacheControl!.NoCache.Should().BeTrue("another version of it may be there the next time");
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        policy.Should().Contain("default-src 'none'").And.Contain("connect-src 'self'").And.Contain("frame-ancestors 'self'").And.Contain("object-src 'none'");
        WebFiles.Directive(policy, "script-src").Should().NotContain("'unsafe-inline'").And.NotContain("'unsafe-eval'");
        policy.Should().NotContainAny("http:", "https:", "*");
    }

    [Fact]
    public async Task The_page_names_only_files_that_are_there_and_no_other_host()
    {
        using var page = await host.GetAsync("/designer/");
        var html = await page.Content.ReadAsStringAsync();

        html.Should().NotContain("://").And.NotContain(" onclick").And.Contain("<base href=\"/designer/\">");
        WebFiles.HasInlineScript(html).Should().BeFalse("the policy would stop it");
        foreach (var name in WebFiles.Named(html))
        {
            using var file = await host.GetAsync("/designer/" + name);
            file.StatusCode.Should().Be(HttpStatusCode.OK, "{0} is there", name);
        }
    }

    [Fact]
    public async Task A_file_comes_in_the_smallest_form_that_the_client_takes()
    {
        var plain = await host.BytesAsync(Boot, "identity");
        var (brotli, gzip) = (await host.BytesAsync(Boot, "gzip, br"), await host.BytesAsync(Boot, "gzip"));

        brotli.Length.Should().BeLessThan(gzip.Length);
        gzip.Length.Should().BeLessThan(plain.Length);
        (await WebFiles.UnpackAsync(new BrotliStream(new MemoryStream(brotli), CompressionMode.Decompress))).Should().Equal(plain);
        (await WebFiles.UnpackAsync(new GZipStream(new MemoryStream(gzip), CompressionMode.Decompress))).Should().Equal(plain);
        (await host.BytesAsync(Boot, "br;q=0, gzip;q=0")).Should().Equal(plain);
        (await host.BytesAsync("/designer/designer.css", "br")).Length.Should().BeLessThan((await host.BytesAsync("/designer/designer.css", "identity")).Length);
    }

    [Fact]
    public async Task What_a_browser_has_is_not_sent_again()
    {
        using var first = await host.GetAsync(Boot, ("Accept-Encoding", "br"));
        using var again = await host.GetAsync(Boot, ("Accept-Encoding", "br"), ("If-None-Match", first.Headers.ETag!.ToString()));
        using var other = await host.GetAsync(Boot, ("Accept-Encoding", "gzip"), ("If-None-Match", first.Headers.ETag!.ToString()));

        first.Headers.Vary.Should().Contain("Accept-Encoding");
        again.StatusCode.Should().Be(HttpStatusCode.NotModified);
        (await again.Content.ReadAsByteArrayAsync()).Should().BeEmpty();
        other.StatusCode.Should().Be(HttpStatusCode.OK, "another form of the file has another tag");

        var boot = await WebFiles.UnpackAsync(new MemoryStream(await host.BytesAsync(Boot, "identity")));
        var runtime = Fingerprinted().Match(System.Text.Encoding.UTF8.GetString(boot)).Value;
        using var named = await host.GetAsync("/designer/_framework/" + runtime);
        named.Headers.CacheControl!.ToString().Should().Contain("immutable", "its name says which content it is").And.Contain("max-age=31536000");
        named.Content.Headers.ContentType!.MediaType.Should().Be("application/wasm");
    }

    [Theory]
    [InlineData("/designer/package.json")]
    [InlineData("/designer/node_modules/@elsa-workflows/elsa-studio-wasm/appsettings.json")]
    [InlineData("/designer/%2e%2e/DesignerFiles.cs")]
    [InlineData("/designer/_framework/..%2f..%2fpackage.json")]
    [InlineData("/designer/definitions/a/b")]
    [InlineData("/designer/nothing.js")]
    public async Task Nothing_else_is_there(string address)
    {
        using var answer = await host.GetAsync(address);

        answer.StatusCode.Should().Be(HttpStatusCode.NotFound);
        answer.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
    }

    [Fact]
    public async Task It_can_only_be_read_and_its_folder_has_one_address()
    {
        var client = host.Anonymous();
        using var written = await client.SendAsync(HttpMethod.Post, "/designer/");
        using var head = await client.SendAsync(HttpMethod.Head, Boot);
        using var bare = await client.SendAsync(HttpMethod.Get, "/designer?theme=dark");

        written.StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
        head.StatusCode.Should().Be(HttpStatusCode.OK);
        head.Content.Headers.ContentLength.Should().BePositive();
        bare.StatusCode.Should().Be(HttpStatusCode.Redirect);
        bare.Headers.Location!.ToString().Should().Be("/designer/?theme=dark");
    }

    [GeneratedRegex(@"dotnet\.native\.[a-z0-9]{10}\.wasm")]
    private static partial Regex Fingerprinted();
}
