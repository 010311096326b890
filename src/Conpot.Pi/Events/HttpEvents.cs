using static Conpot.Pi.Events.Attack;

namespace Conpot.Pi.Events;

/// <summary>The kinds of event that a web page of the device makes.</summary>
internal static class HttpEvents
{
    private static readonly string[] Protocol = ["protocol"];

    public static readonly EventKind Request = new("http.request", 20, Protocol, "A page was asked for over HTTP; carries method, path, headers and the status that was answered.", MonitorState);
    public static readonly EventKind Polled = new("http.polled", 20, Protocol, "An open page went on asking for its values, with requests like the first, which is recorded whole; carries how many since the last such event.", MonitorState);
    public static readonly EventKind Identify = new("http.identify", 30, Protocol, "A page that tells what the device is was asked for, or a path that only scanners know.", RemoteSystemInformation);
    public static readonly EventKind Login = new("http.login", 60, Protocol, "A user name and a password were tried over HTTP, and refused; carries both.", DefaultCredentials);
    public static readonly EventKind LoginTaken = new("http.login-taken", 70, Protocol, "Somebody logged in over HTTP with the configured user and password.", ValidAccounts);
    public static readonly EventKind Write = new("http.write", 60, Protocol, "A set-point form was sent; carries the values before and after, or why nothing was written.", ModifyParameter, UnauthorizedCommand);
    public static readonly EventKind Exploit = new("http.exploit", 70, Protocol, "An HTTP request carries the mark of a known attack; carries which.", PublicFacing);
    public static readonly EventKind Malformed = new("http.malformed", 40, Protocol, "Bytes that are no HTTP request, or one that breaks its rules; the connection was dropped.");

    /// <summary>In the order of <c>conpot-pi events --list</c>.</summary>
    public static readonly IReadOnlyList<EventKind> All = [Request, Polled, Identify, Login, LoginTaken, Write, Exploit, Malformed];
}
