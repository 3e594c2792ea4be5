using System.Net;

using FluentAssertions;

using Xunit;

namespace Switchboard.Engine.Tests.Http;

/// <summary>Requests that make no sense, and what each is told.</summary>
[Collection(nameof(ApiHost))]
public sealed class WrongInputTests(ApiHost host)
{
    private const string Id = "00000000-0000-7000-8000-000000000000";

    [Theory]
    [InlineData("GET", "/api/nothing", null, null, 404, "unknown_record_type")]
    [InlineData("GET", "/api/Sites", null, null, 404, "unknown_record_type")]
    [InlineData("GET", "/api/sites/not-an-id", null, null, 404, "not_found")]
    [InlineData("GET", "/api/sites/" + Id, null, null, 404, "not_found")]
    [InlineData("GET", "/api/sites/" + Id + "/nothing", null, null, 404, "not_found")]
    [InlineData("PUT", "/api/sites", "{}", "application/json", 405, "method_not_allowed")]
    [InlineData("POST", "/api/tasks", "{}", "application/json", 405, "type_not_writable")]
    [InlineData("POST", "/api/sites", null, "application/json", 400, "body_missing")]
    [InlineData("POST", "/api/sites", "{", "application/json", 400, "malformed_json")]
    [InlineData("POST", "/api/sites", "{\"name\":\"a\",}", "application/json", 400, "malformed_json")]
    [InlineData("POST", "/api/sites", "{\"name\":\"a\",\"name\":\"b\"}", "application/json", 400, "malformed_json")]
    [InlineData("POST", "/api/sites", "{\"name\":\"\\ud800\"}", "application/json", 400, "malformed_json")]
    [InlineData("POST", "/api/sites", "{\"name\":\"a\\u0000b\"}", "application/json", 400, "malformed_json")]
    [InlineData("POST", "/api/sites", "// x\n{}", "application/json", 400, "malformed_json")]
    [InlineData("POST", "/api/sites", "[]", "application/json", 400, "not_an_object")]
    [InlineData("POST", "/api/sites", "null", "application/json", 400, "not_an_object")]
    [InlineData("POST", "/api/sites", "\"x\"", "application/json", 400, "not_an_object")]
    [InlineData("POST", "/api/sites", "name=x", "application/x-www-form-urlencoded", 415, "unsupported_media_type")]
    [InlineData("POST", "/api/sites", "<name/>", "application/xml", 415, "unsupported_media_type")]
    [InlineData("POST", "/api/sites", "{\"colour\":\"red\"}", "application/json", 422, "unknown_field")]
    [InlineData("POST", "/api/sites", "{\"name\":7}", "application/json", 422, "invalid_type")]
    [InlineData("POST", "/api/sites", "{\"id\":\"" + Id + "\"}", "application/json", 422, "read_only_field")]
    [InlineData("POST", "/api/sites", "{\"$type\":\"System.IO.FileInfo\"}", "application/json", 422, "unknown_field")]
    [InlineData("PATCH", "/api/sites/" + Id, "{}", "application/merge-patch+json", 404, "not_found")]
    [InlineData("POST", "/api/sites/batch", "{}", "application/json", 400, "invalid_items")]
    [InlineData("POST", "/api/sites/batch", "{\"items\":[1]}", "application/json", 400, "invalid_item")]
    [InlineData("POST", "/api/phone-numbers/actions/submit_loa", "{\"ids\":[]}", "application/json", 400, "invalid_ids")]
    [InlineData("POST", "/api/phone-numbers/actions/submit_loa", "{\"ids\":[\"x\"]}", "application/json", 400, "invalid_ids")]
    [InlineData("POST", "/api/phone-numbers/actions", "{\"ids\":[]}", "application/json", 400, "invalid_ids")]
    [InlineData("POST", "/api/phone-numbers/" + Id + "/actions/submit_loa", "{}", "application/json", 404, "not_found")]
    [InlineData("POST", "/api/sites/" + Id + "/actions/x", "{}", "application/json", 404, "not_found")]
    [InlineData("POST", "/api/sites/" + Id + "/files", "{}", "application/json", 404, "not_found")]
    [InlineData("POST", "/api/auth/login", "{}", "application/json", 400, "invalid_value")]
    [InlineData("POST", "/api/auth/login", "{\"email\":1,\"password\":\"x\"}", "application/json", 400, "invalid_value")]
    [InlineData("POST", "/api/auth/refresh", "{\"refreshToken\":\"x\"}", "application/json", 401, "invalid_refresh_token")]
    [InlineData("POST", "/api/events", "{}", "application/json", 400, "invalid_value")]
    [InlineData("POST", "/api/events", "{\"specversion\":\"0.3\"}", "application/json", 400, "unsupported_specversion")]
    [InlineData("POST", "/api/tasks/" + Id + "/assign", "{}", "application/json", 422, "required")]
    [InlineData("GET", "/api/artefacts/nothing/x", null, null, 404, null)]
    public async Task Is_refused_with_a_code(string method, string path, string? body, string? contentType, int status, string? code)
    {
        using var answer = body is null && contentType is null
            ? await host.Admin.SendAsync(new HttpMethod(method), path)
            : await host.Admin.RawAsync(method, path, (body ?? "").Utf8(), contentType);

        var refused = await answer.ProblemAsync();
        refused.Status.Should().Be(status, await answer.Content.ReadAsStringAsync());
        if (code is not null)
            refused.Code.Should().Be(code);
    }

    [Theory]
    [InlineData("colour=red")]
    [InlineData("name[like]=x")]
    [InlineData("limit=0")]
    [InlineData("limit=501")]
    [InlineData("limit=x")]
    [InlineData("sort=colour")]
    [InlineData("after=nonsense")]
    [InlineData("name=a&name=b")]
    [InlineData("createdAt[gt]=yesterday")]
    public async Task A_list_that_cannot_be_understood_is_refused(string query)
    {
        (await host.Admin.RefusedAsync(HttpMethod.Get, "/api/sites?" + query)).Status.Should().Be(400);
    }

    [Fact]
    public async Task Malformed_json_says_where()
    {
        using var answer = await host.Admin.RawAsync("POST", "/api/sites", "{\n  \"name\": nope\n}".Utf8(), "application/json");

        var problem = System.Text.Json.Nodes.JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        ((string)problem["code"]!).Should().Be("malformed_json");
        ((long)problem["line"]!).Should().Be(2);
        ((long)problem["column"]!).Should().BeGreaterThan(1);
    }

    [Theory]
    [InlineData("/api/sites", "{\"name\":\"a\\u0000b\"}", "/name")]
    [InlineData("/api/sites/batch", "{\"items\":[{},{\"name\":\"\\u0000\"}]}", "/items/1/name")]
    [InlineData("/api/events", "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"type\":\"t\",\"data\":{\"a/b\":\"\\u0000\"}}", "/data/a~1b")]
    [InlineData("/api/phone-numbers/" + Id + "/actions/submit_loa", "{\"data\":{\"a\":{\"\\u0000\":1}}}", "/data/a")]
    [InlineData("/api/tasks/" + Id + "/complete", "{\"data\":{\"note\":\"\\u0000\"}}", "/data/note")]
    public async Task A_character_that_cannot_be_stored_is_pointed_at(string path, string body, string pointer)
    {
        using var answer = await host.Admin.RawAsync("POST", path, body.Utf8(), "application/json");

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        var problem = System.Text.Json.Nodes.JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        ((string?)problem["errors"]?[0]?["pointer"]).Should().Be(pointer);
    }

    [Fact]
    public async Task Bytes_that_are_no_utf8_are_refused()
    {
        using var answer = await host.Admin.RawAsync("POST", "/api/sites", [.. "{\"name\":\"".Utf8(), 0xC3, 0x28, .. "\"}".Utf8()], "application/json");

        (await answer.ProblemAsync()).Should().Be((400, "malformed_json"));
    }

    [Theory]
    [InlineData("utf-8", 404, "not_found")]
    [InlineData("utf-16", 400, "malformed_json")]
    [InlineData("utf-16BE", 400, "malformed_json")]
    [InlineData("utf-32", 400, "malformed_json")]
    public async Task A_byte_order_mark_is_passed_over_and_another_encoding_is_refused(string encoding, int status, string code)
    {
        var of = System.Text.Encoding.GetEncoding(encoding);
        using var answer = await host.Admin.RawAsync("PATCH", "/api/sites/" + Id, [.. of.Preamble, .. of.GetBytes("{\"name\":\"x\"}")], "application/json");

        (await answer.ProblemAsync()).Should().Be((status, code));
    }

    [Fact]
    public async Task A_document_deeper_than_any_of_ours_is_refused()
    {
        var body = "{\"holidays\":" + new string('[', 500) + new string(']', 500) + "}";
        using var answer = await host.Admin.RawAsync("POST", "/api/sites", body.Utf8(), "application/json");

        (await answer.ProblemAsync()).Should().Be((400, "malformed_json"));
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused()
    {
        using var answer = await host.Admin.RawAsync("POST", "/api/auth/login", new byte[64 << 10], "application/json");

        (await answer.ProblemAsync()).Should().Be((413, "body_too_large"));
    }

    [Theory]
    [InlineData("If-Match", "3", 400, "invalid_if_match")]
    [InlineData("Idempotency-Key", "", 400, "invalid_idempotency_key")]
    public async Task A_header_that_cannot_be_read_is_refused(string name, string value, int status, string code)
    {
        var site = await host.Admin.OkAsync(HttpMethod.Post, "/api/sites", RecordApiTests.SiteBody("Header " + name));

        (await host.Admin.RefusedAsync(HttpMethod.Patch, $"/api/sites/{site["id"]}", new { city = "Salem" }, (name, value))).Should().Be((status, code));
    }

    [Theory]
    [InlineData("Bearer nonsense")]
    [InlineData("Bearer ")]
    [InlineData("Basic YWRtaW46YWRtaW4=")]
    public async Task A_token_that_is_none_is_refused(string authorization)
    {
        (await host.Anonymous().RefusedAsync(HttpMethod.Get, "/api/me", null, ("Authorization", authorization))).Should().Be((401, "not_authenticated"));
    }

    [Fact]
    public async Task Answers_carry_limits_and_the_headers_that_keep_browsers_in_check()
    {
        using var answer = await host.Admin.GetAsync(new Uri("/api/sites", UriKind.Relative));

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        answer.Headers.GetValues("RateLimit-Policy").Single().Should().StartWith("\"caller\";q=");
        answer.Headers.GetValues("RateLimit").Single().Should().MatchRegex("\"caller\";r=\\d+;t=\\d+");
        answer.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
        answer.Headers.GetValues("Content-Security-Policy").Single().Should().Contain("default-src 'none'");
        answer.Headers.Contains("Server").Should().BeFalse();
    }
}
