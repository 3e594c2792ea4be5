using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Xunit;

namespace Switchboard.Engine.Tests.Http;

/// <summary>Files that people do send: what can be read is taken, the rest is refused with a reason, and nothing is a 500.</summary>
[Collection(nameof(ApiHost))]
public sealed class WrongFileTests(ApiHost host)
{
    private static int count;

    private readonly string name = $"Fürth {Interlocked.Increment(ref count)}";

    public static TheoryData<string, string> Encodings() => new()
    {
        { "utf-8", "," },
        { "utf-8 with its mark", ";" },
        { "utf-16", "\t" },
        { "utf-16 with its mark", "," },
        { "utf-16be", "|" },
        { "utf-16be with its mark", ";" },
        { "windows-1252", ";" },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task Every_usual_encoding_and_delimiter_is_read(string encoding, string delimiter)
    {
        var text = $"name,timezone,city,country\n{name},Europe/Berlin,\"Fürth, Öst\",Germany\n".Replace(",", delimiter, StringComparison.Ordinal)
            .Replace("Fürth" + delimiter + " Öst", "Fürth, Öst", StringComparison.Ordinal);

        var operation = await ImportAsync("sites", Encode(text, encoding));

        ((string)operation["status"]!).Should().Be("succeeded", operation.ToJsonString());
        ((int)operation["result"]!["created"]!).Should().Be(1, operation.ToJsonString());
        var site = (await host.Admin.OkAsync(HttpMethod.Get, $"/api/sites?name={Uri.EscapeDataString(name)}"))["items"]!.AsArray().Single()!;
        ((string)site["city"]!).Should().Be("Fürth, Öst");
    }

    [Theory]
    [InlineData("ragged", "{0},Europe/Berlin\n", "ragged_row")]
    [InlineData("ragged", "{0},Europe/Berlin,Berlin,more\n", "ragged_row")]
    [InlineData("ragged", "{0},Europe/Berlin,\"Berlin\n", "unclosed_quote")]
    [InlineData("long", "{0}LONG,Europe/Berlin,Berlin\n", "too_long")]
    [InlineData("zone", "{0},Mars/Olympus,Berlin\n", "invalid_time_zone")]
    [InlineData("missing", ",Europe/Berlin,Berlin\n", "required")]
    public async Task A_row_that_cannot_be_taken_is_given_back_with_its_reason_and_the_others_are_taken(string what, string row, string code)
    {
        var text = $"name,timezone,city\n{name} good,Europe/Berlin,Berlin\n" + string.Format(System.Globalization.CultureInfo.InvariantCulture, row, name + what).Replace("LONG", new string('x', 10_000), StringComparison.Ordinal);

        var operation = await ImportAsync("sites", text.Utf8());

        ((int)operation["result"]!["created"]!).Should().Be(1, operation.ToJsonString());
        operation["result"]!["failedByCode"]!.AsObject().Select(one => one.Key).Should().Equal(code);
        using var errors = await host.Admin.GetAsync(new Uri($"/api/import-batches/{operation["result"]!["batchId"]}/errors", UriKind.Relative));
        (await errors.Content.ReadAsStringAsync()).Should().Contain(code);
    }

    [Fact]
    public async Task A_formula_is_text_and_comes_out_harmless()
    {
        const string formula = "=HYPERLINK(\"http://x\";\"y\")";
        await ImportAsync("sites", $"name,timezone,address,city\n{name},Europe/Berlin,=1+1,\"{formula.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n".Utf8());
        var site = (await host.Admin.OkAsync(HttpMethod.Get, $"/api/sites?name={Uri.EscapeDataString(name)}"))["items"]!.AsArray().Single()!;
        ((string)site["city"]!).Should().Be(formula);

        using var export = await host.Admin.GetAsync(new Uri($"/api/sites/export?name={Uri.EscapeDataString(name)}", UriKind.Relative));

        (await export.Content.ReadAsStringAsync()).Should().Contain("'=1+1").And.NotContain(",=").And.NotContain("\"=");
    }

    [Fact]
    public async Task A_file_of_only_a_header_changes_nothing()
    {
        var operation = await ImportAsync("sites", "name,timezone\n".Utf8());

        ((string)operation["status"]!).Should().Be("succeeded");
        ((int)operation["result"]!["created"]! + (int)operation["result"]!["failed"]!).Should().Be(0);
    }

    public static TheoryData<string, string> Refused() => new()
    {
        { "an empty file", "empty_file" },
        { "white space", "empty_file" },
        { "an unknown column", "unknown_column" },
        { "two columns for one field", "two_columns_for_one_field" },
        { "no column that fits", "unknown_column" },
        { "utf-32", "unsupported_encoding" },
        { "bytes of no encoding", "invalid_encoding" },
        { "a picture", "not_a_table" },
        { "half a workbook", "damaged_file" },
        { "a workbook that swells", "workbook_too_large" },
        { "an old workbook", "encrypted_file" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_file_that_cannot_be_read_is_refused_whole_with_a_code(string what, string code)
    {
        using var answer = await UploadAsync("sites", Content(what));

        (await answer.ProblemAsync()).Should().Be((422, code));
    }

    [Theory]
    [InlineData("text/csv", "a,b", 415, "unsupported_media_type")]
    [InlineData("multipart/form-data", "a,b", 415, "unsupported_media_type")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\na\r\n--x--\r\n", 400, "file_missing")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"", 400, "malformed_form")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nname\r\n", 400, "malformed_form")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"mapping\"\r\n\r\n[1\r\n--x--\r\n", 400, "malformed_mapping")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"mapping\"\r\n\r\n{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}\r\n--x--\r\n", 400, "malformed_mapping")]
    public async Task A_form_that_is_none_is_refused(string contentType, string body, int status, string code)
    {
        using var answer = await host.Admin.RawAsync("POST", "/api/sites/import", body.Utf8(), contentType);

        (await answer.ProblemAsync()).Should().Be((status, code));
    }

    [Fact]
    public async Task An_export_of_tenants_is_an_import_that_changes_nothing()
    {
        foreach (var format in new[] { "csv", "xlsx" })
        {
            var file = await host.Admin.GetByteArrayAsync(new Uri($"/api/tenants/export?format={format}", UriKind.Relative));

            var operation = await ImportAsync("tenants", file);

            ((string)operation["status"]!).Should().Be("succeeded", operation.ToJsonString());
            (((int)operation["result"]!["skipped"]!), ((int)operation["result"]!["failed"]!), ((int)operation["result"]!["created"]!)).Should().Be((1, 0, 0), operation.ToJsonString());
        }
    }

    private static byte[] Encode(string text, string encoding)
    {
        Encoding of = encoding switch
        {
            _ when encoding.StartsWith("utf-16be", StringComparison.Ordinal) => new UnicodeEncoding(bigEndian: true, byteOrderMark: true),
            _ when encoding.StartsWith("utf-16", StringComparison.Ordinal) => new UnicodeEncoding(bigEndian: false, byteOrderMark: true),
            "windows-1252" => CodePagesEncodingProvider.Instance.GetEncoding(1252)!,
            _ => new UTF8Encoding(encoderShouldEmitUTF8Identifier: true),
        };
        return encoding.EndsWith("mark", StringComparison.Ordinal) ? [.. of.Preamble, .. of.GetBytes(text)] : of.GetBytes(text);
    }

    private static byte[] Content(string what) => what switch
    {
        "an empty file" => [],
        "white space" => " \n\n \n".Utf8(),
        "an unknown column" => "name,timezone,colour\nA,UTC,red\n".Utf8(),
        "two columns for one field" => "name,Name,timezone\nA,B,UTC\n".Utf8(),
        "no column that fits" => "colour,taste\nred,sour\n".Utf8(),
        "utf-32" => [.. Encoding.UTF32.Preamble, .. Encoding.UTF32.GetBytes("name\nA\n")],
        "bytes of no encoding" => [.. "name,timezone\n".Utf8(), 0x81, 0x8D, 0xC3, 0x28, 0x0A],
        "a picture" => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52],
        "half a workbook" => Workbook(1)[..^200],
        "a workbook that swells" => Workbook(400_000_000),
        "an old workbook" => [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, .. new byte[512]],
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, null),
    };

    /// <summary>A workbook with a cell of so many spaces, which deflate to a thousandth.</summary>
    private static byte[] Workbook(int spaces)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            Put(zip, "[Content_Types].xml", "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>");
            Put(zip, "xl/workbook.xml", "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>");
            Put(zip, "xl/_rels/workbook.xml.rels", "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>");
            using var sheet = zip.CreateEntry("xl/worksheets/sheet1.xml", CompressionLevel.Fastest).Open();
            sheet.Write("<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>name"u8);
            var run = new byte[1 << 20];
            Array.Fill(run, (byte)' ');
            for (var written = 0; written < spaces; written += run.Length)
                sheet.Write(run.AsSpan(0, Math.Min(run.Length, spaces - written)));
            sheet.Write("</t></is></c></row></sheetData></worksheet>"u8);
        }
        return file.ToArray();

        static void Put(ZipArchive zip, string entry, string text)
        {
            using var part = zip.CreateEntry(entry).Open();
            part.Write(text.Utf8());
        }
    }

    private async Task<HttpResponseMessage> UploadAsync(string type, byte[] content)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(content), "file", type + ".csv" } };
        return await host.Admin.PostAsync(new Uri($"/api/{type}/import", UriKind.Relative), form);
    }

    /// <summary>The operation of an import, when it is over.</summary>
    private async Task<JsonObject> ImportAsync(string type, byte[] content)
    {
        using var answer = await UploadAsync(type, content);
        answer.StatusCode.Should().Be(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
        for (var until = TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(1); ;)
        {
            var operation = await host.Admin.OkAsync(HttpMethod.Get, answer.Headers.Location!.ToString());
            if ((string)operation["status"]! is "succeeded" or "failed" or "cancelled")
                return operation;
            if (TimeProvider.System.GetUtcNow() > until)
                throw new TimeoutException($"The import of {type} is not over: {operation.ToJsonString()}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
