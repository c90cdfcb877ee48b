package dev.pagoda.gateway.route;

/// Where a request goes, and what the router believed when it chose.
///
/// @param index         place of the target among the candidates
/// @param target        its id
/// @param freshTokens   tokens of the prompt that the target must compute, as far as the router knows
/// @param backlogTokens prompt tokens that the target had yet to compute, those of this request included
public record Choice(int index, long target, long freshTokens, long backlogTokens) {
    static Choice of(int index, Target target, RouteRequest request) {
        return new Choice(
                index, target.id(), request.prompt().tokens(), request.prompt().tokens());
    }
}
