using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Switchboard.Data.Transfer;

/// <summary>
/// Which encoding a text file has: a byte-order mark says so; otherwise it is UTF-8 if all of it is valid, UTF-16 if
/// every other byte is zero, and else Windows-1252, which spreadsheets still write, with a warning that says where
/// UTF-8 ended.
/// </summary>
internal static class TextEncoding
{
    // Bytes that Windows-1252 does not define; text in it does not have them.
    private static readonly SearchValues<byte> Undefined1252 = SearchValues.Create([0x81, 0x8D, 0x8F, 0x90, 0x9D]);

    private static readonly Encoding Strict8 = new UTF8Encoding(false, throwOnInvalidBytes: true);

    /// <param name="file">Seekable; left at any position.</param>
    /// <param name="named">What the caller says it is; null to find out.</param>
    /// <returns>A strict encoding, the length of the byte-order mark, and a sentence to warn with or null.</returns>
    public static (Encoding Encoding, int Preamble, string? Warning) Detect(Stream file, string? named)
    {
        file.Position = 0;
        var head = new byte[4096];
        head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (head.Length == 0)
            throw SourceTable.Refused("empty_file", "The file is empty.");

        if (named is not null)
            return (Named(named), PreambleOf(head), null);
        if (head.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE, 0, 0]) || head.AsSpan().StartsWith((ReadOnlySpan<byte>)[0, 0, 0xFE, 0xFF]))
            throw SourceTable.Refused("unsupported_encoding", "The file is UTF-32. Save it as UTF-8.");
        if (head.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
            return (new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true), 2, null);
        if (head.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return (new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true), 2, null);
        if (head.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            if (FirstInvalidUtf8(file, 3) is { } at)
                throw Invalid("UTF-8, as its byte-order mark says", at);
            return (Strict8, 3, null);
        }
        if (head.AsSpan().Contains((byte)0))
            return (WithoutMark(head), 0, null);
        if (FirstInvalidUtf8(file, 0) is not { } position)
            return (Strict8, 0, null);
        if (FirstUndefined1252(file) is { } undefined)
            throw Invalid("UTF-8 nor Windows-1252", undefined, "neither ");
        return (Named("windows-1252"), 0,
            $"The file is not UTF-8 (byte {position} is not valid), so it was read as Windows-1252. Check names with accents.");
    }

    private static int PreambleOf(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? 3
        : head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) ? 2 : 0;

    private static Encoding Named(string name) => name.ToLowerInvariant() switch
    {
        "utf-8" or "utf8" => Strict8,
        "utf-16" or "utf-16le" => new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true),
        "utf-16be" => new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true),
        "windows-1252" or "iso-8859-1" or "iso-8859-15" => CodePagesEncodingProvider.Instance.GetEncoding(
            name.ToLowerInvariant(), EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
            ?? Encoding.GetEncoding(name.ToLowerInvariant()),
        _ => throw SourceTable.Refused("unsupported_encoding",
            $"The encoding '{name}' is not known; it can be utf-8, utf-16, utf-16be, windows-1252, iso-8859-1 or iso-8859-15."),
    };

    private static UnicodeEncoding WithoutMark(ReadOnlySpan<byte> head)
    {
        int even = 0, odd = 0;
        for (var i = 0; i < head.Length; i++)
        {
            if (head[i] == 0)
                _ = i % 2 == 0 ? even++ : odd++;
        }
        var most = head.Length / 2 * 0.6; // text in Latin letters has nearly half of its bytes zero
        if (odd >= most && even == 0)
            return new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true);
        if (even >= most && odd == 0)
            return new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true);
        throw SourceTable.Refused("not_a_table",
            $"The file is neither text nor an .xlsx workbook: byte {head.IndexOf((byte)0)} is zero.");
    }

    private static long? FirstInvalidUtf8(Stream file, long from)
    {
        var buffer = new byte[1 << 16];
        file.Position = from;
        var kept = 0;
        var start = from;
        while (true)
        {
            var read = file.ReadAtLeast(buffer.AsSpan(kept), buffer.Length - kept, throwOnEndOfStream: false);
            var span = buffer.AsSpan(0, kept + read);
            var last = read < buffer.Length - kept;
            var tail = last ? 0 : IncompleteTail(span);
            if (!Utf8.IsValid(span[..^tail]))
                return start + FirstInvalid(span);
            if (last)
                return null;
            span[^tail..].CopyTo(buffer);
            start += span.Length - tail;
            kept = tail;
        }
    }

    /// <summary>How many bytes at the end begin a character that the next buffer ends.</summary>
    private static int IncompleteTail(ReadOnlySpan<byte> span)
    {
        for (var back = 1; back <= Math.Min(3, span.Length); back++)
        {
            var value = span[^back];
            if (value < 0x80)
                return 0;
            if (value >= 0xC0)
                return back < (value >= 0xF0 ? 4 : value >= 0xE0 ? 3 : 2) ? back : 0;
        }
        return 0;
    }

    private static int FirstInvalid(ReadOnlySpan<byte> span)
    {
        var at = 0;
        while (at < span.Length && Rune.DecodeFromUtf8(span[at..], out _, out var consumed) == OperationStatus.Done)
            at += consumed;
        return at;
    }

    private static long? FirstUndefined1252(Stream file)
    {
        var buffer = new byte[1 << 16];
        file.Position = 0;
        long start = 0;
        while (file.Read(buffer) is var read and > 0)
        {
            if (buffer.AsSpan(0, read).IndexOfAny(Undefined1252) is var at and >= 0)
                return start + at;
            start += read;
        }
        return null;
    }

    private static ProblemException Invalid(string encoding, long at, string neither = "not ") =>
        SourceTable.Refused("invalid_encoding", $"The file is {neither}{encoding}: byte {at} is not valid. Save it as UTF-8.");
}
